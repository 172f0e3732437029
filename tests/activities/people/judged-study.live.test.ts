import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { analyseStudy } from '../../../activities/analysis/analyse-study.ts';
import { toSortedJson } from '../../../activities/analysis/write-outputs.ts';
import { listItems, listPoints, findSecret } from '../../../activities/ledger/people-ledger.ts';
import type { Results } from '../../../contracts/results.ts';
import { listTexts, verdictOf } from '../../../domain/people/blind-sample.ts';
import { runCli } from '../../support/cli.ts';
import { makeScratch, writeFileIn } from '../../support/scratch.ts';
import { faultsOf } from '../../support/table-rules.ts';
import { fault, openContext } from '../../support/test-home.ts';
import {
  exportTo,
  fill,
  importFrom,
  makeJudgedStudy,
  readItems,
  resultsOf,
  toLines,
  type JudgedStudy,
} from './judged-study.ts';

const scratch = makeScratch();
let study: JudgedStudy;
let before: string;
beforeAll(async () => {
  study = await makeJudgedStudy(scratch);
  before = toSortedJson(await resultsOf(study));
});
afterAll(() => study.context.ledger.close());

const pointsIn = () => listPoints(study.context.ledger.tables, study.hash);

describe('a blind export', () => {
  it('holds nothing of arm, model, place or grades, and the same items in both files', async () => {
    const { spreadsheet, jsonLines, texts, of } = await exportTo(study, 'first', 30);
    expect({ texts, of }).toEqual({ texts: 30, of: 64 });
    const [csv, jsonl] = [readFileSync(spreadsheet, 'utf8'), readFileSync(jsonLines, 'utf8')];
    for (const word of ['careful', 'tiny', 'lenient', 'strict', 'held-out', 'replicate', 'lab-', '@main', study.hash])
      expect({ word, in: csv.includes(word) || jsonl.includes(word) }).toEqual({ word, in: false });
    const items = readItems(jsonLines);
    const rows = parse(csv, { bom: true, columns: true }) as Record<string, string>[];
    expect(rows.map((row) => row['item'])).toEqual(items.map(({ item }) => item));
    expect(new Set(items.map(({ item }) => item)).size).toBe(30);
    for (const { points } of items) expect(Object.values(points).every((point) => point === null)).toBe(true);
    expect(Object.keys(items[0] ?? {})).toEqual([
      ...['item', 'topic', 'skills', 'sentenceLimit', 'text', 'rubric', 'points', 'comment'],
    ]);
    expect(csv.startsWith('\ufeff"item"')).toBe(true);
    expect(rows.filter((row) => row['text']?.startsWith('=')).length).toBe(0);
    expect(rows.filter((row) => row['text']?.startsWith("'=")).length).toBeGreaterThan(0);
  });

  it('leaves the results as they were, and is the same again', async () => {
    expect(toSortedJson(await resultsOf(study))).toBe(before);
    const first = await exportTo(study, 'first', 30);
    const again = await exportTo(study, 'again', 30);
    expect(readFileSync(again.jsonLines)).toEqual(readFileSync(first.jsonLines));
    expect(readFileSync(again.spreadsheet)).toEqual(readFileSync(first.spreadsheet));
    const other = await exportTo(study, 'other', 30, 2);
    expect(readFileSync(other.jsonLines)).not.toEqual(readFileSync(first.jsonLines));
  });

  it('never writes over a file that someone filled in', async () => {
    const { jsonLines } = await exportTo(study, 'filled', 5);
    writeFileIn(scratch, 'filled/small.blind.csv', 'my work');
    expect((await fault(exportTo(study, 'filled', 5))).message).toContain('somebody may have filled it in');
    expect(readFileSync(jsonLines.replace('.jsonl', '.csv'), 'utf8')).toBe('my work');
  });

  it('is refused while texts are still to come', async () => {
    const folder = join(scratch, 'unfinished');
    mkdirSync(folder);
    const context = await openContext(folder);
    expect((await fault(exportTo({ ...study, context }, 'early'))).message).toContain('is not finished');
    expect(existsSync(join(scratch, 'early'))).toBe(false);
    await context.ledger.close();
  });

  it('takes its share of every arm and k', async () => {
    const { tables } = study.context.ledger;
    const places = new Map((await listItems(tables, study.hash)).map(({ item, place }) => [item, place]));
    const { jsonLines } = await exportTo(study, 'half', 32, 3);
    const all = new Map((await listItems(tables, study.hash)).map(({ item, place }) => [item, place]));
    expect(all.size).toBeGreaterThanOrEqual(places.size);
    const strata = readItems(jsonLines).map(({ item }) => {
      const [, arm, , , k] = JSON.parse(all.get(item) ?? '[]') as [string, string, number, number, number];
      return `${arm} ${k}`;
    });
    for (const stratum of ['base 2', 'base 3', 'base-careful 2', 'base-careful 3'])
      expect(Math.abs(strata.filter((one) => one === stratum).length - 8)).toBeLessThanOrEqual(2);
  });
});

describe('what people give', () => {
  it.each([
    ['an unknown item', (line: string) => line.replace(/t-[0-9a-f]{16}/, 't-0000000000000000'), /line 1: item "t-0000/],
    [
      'a point of 2',
      (line: string) => line.replace('"skill 1":1', '"skill 1":2'),
      /line 1: .*"skill 1" is 2, not 0 or 1/,
    ],
    ['a letter', (line: string) => line.replace('"skill 1":1', '"skill 1":"x"'), /is "x", not 0 or 1/],
    ['a missing point', (line: string) => line.replace('"skill 1":1,', ''), /point "skill 1" is missing/],
    [
      'a point too many',
      (line: string) => line.replace('"skill 1":1', '"skill 1":1,"skill 9":1'),
      /no point "skill 9"/,
    ],
    ['an item twice', (line: string) => `${line}${line}`, /is listed twice; it is at line 1 already/],
    ['no points', (line: string) => line.replaceAll(/:[01]([,}])/g, ':null$1'), /no point is filled in/],
    ['broken JSON', (line: string) => line.slice(0, 40), /line 1: it is not valid JSON/],
    ['nothing', () => '\r\n', /it is empty/],
    ['bytes', () => 'PK\u0003\u0004\u0000', /it is binary/],
  ])('is refused whole with %s', async (_, spoil, reason) => {
    const { jsonLines } = await exportTo(study, 'spoilt', 2);
    const [first, second] = fill(readItems(jsonLines), () => 1);
    const lines = [spoil(toLines([first])), toLines([second])];
    const content = /empty|binary|no point/.test(reason.source)
      ? (lines[0] ?? '')
      : `${lines[0]?.trimEnd()}\n${lines[1]}`;
    const file = writeFileIn(scratch, 'spoilt.jsonl', content);
    const refused = await fault(importFrom(study, file, 'Zoe'));
    expect(refused.message).toMatch(reason);
    expect(refused.message).toContain('Nothing of ');
    expect((await pointsIn()).filter(({ person }) => person === 'Zoe')).toEqual([]);
  });

  it('comes back from a spreadsheet with Windows line ends, semicolons and other columns first', async () => {
    const { spreadsheet } = await exportTo(study, 'sheet', 6, 9);
    const [header = [], ...rows] = parse(readFileSync(spreadsheet), { bom: true }) as string[][];
    const filled = rows.map((row) =>
      row.map((cell, at) => (header[at]?.startsWith('point: ') && cell === '' ? '1' : cell)),
    );
    const order = [...header.keys()].reverse();
    const table = [header, ...filled].map((row) =>
      order.map((at) => `"${(row[at] ?? '').replaceAll('"', '""')}"`).join(';'),
    );
    const file = writeFileIn(scratch, 'sheet.csv', `${table.join('\r\n')}\r\n`);
    const { texts, points } = await importFrom(study, file, 'Sheila');
    expect(texts).toBe(6);
    const own = (await pointsIn()).filter(({ person }) => person === 'Sheila');
    expect(own.flatMap((one) => one.points)).toEqual(new Array(points).fill(1));
    await study.context.ledger.tables.deleteFrom('people_points').execute();
  });

  it('adds up over partial files, refuses another value for a point, and takes it with replace', async () => {
    const items = readItems((await exportTo(study, 'parts', 4, 4)).jsonLines);
    const first = writeFileIn(scratch, 'a.jsonl', toLines(fill(items, (_, index) => (index < 2 ? 1 : null))));
    const second = writeFileIn(scratch, 'b.jsonl', toLines(fill(items, (_, index) => (index < 2 ? null : 0))));
    const other = writeFileIn(scratch, 'c.jsonl', toLines(fill(items, (_, index) => (index === 3 ? 1 : null))));
    await importFrom(study, first, 'Anna');
    await importFrom(study, second, 'Anna');
    const both = await pointsIn();
    expect(both).toHaveLength(4);
    expect(both.every(({ points }) => points.every((point) => point !== null))).toBe(true);
    const refused = await fault(importFrom(study, other, 'Anna'));
    expect(refused.message).toMatch(/line 4: item ".*": point "skill 1" is 1 here and was 0 before/);
    expect(await pointsIn()).toEqual(both);
    await importFrom(study, other, 'Anna', true);
    expect(await pointsIn()).not.toEqual(both);
    await importFrom(study, other, 'Ben');
    expect((await fault(importFrom(study, other, 'ANNA'))).message).toContain('only by capital letters');
    expect((await fault(importFrom(study, other, 'Strict'))).message).toContain('is a grader of this study');
    await study.context.ledger.tables.deleteFrom('people_points').execute();
  });
});

describe('results with people', () => {
  it('agree wholly with a person who repeats a grader, whatever the order of imports', async () => {
    const { outcomes } = await analyseStudy(study.context, study.plan, study.hash);
    const { jsonLines } = await exportTo(study, 'whole');
    const verdicts = new Map(listTexts(outcomes, study.plan).map((text) => [text.text, text.byGrader.map(verdictOf)]));
    const as = (grader: number, of: number) =>
      toLines(
        readItems(jsonLines)
          .map((item) => ({
            ...item,
            points: Object.fromEntries(
              Object.keys(item.points).map((point, at) => [point, verdicts.get(item.text)?.[grader]?.[at] ?? null]),
            ),
          }))
          .slice(0, of),
      );
    const [strict, lenient] = [0, 1].map((at) => writeFileIn(scratch, `as-${at}.jsonl`, as(at, at === 0 ? 64 : 40)));
    await importFrom(study, strict as string, 'Anna');
    await importFrom(study, lenient as string, 'Ben');
    const results = await resultsOf(study);
    const { people, ...rest } = results;
    expect(toSortedJson(rest)).toBe(before);
    if (!people) throw new Error('no people');
    expect(people.sample).toEqual({ exported: 64, judged: 64, changed: 0 });
    expect(people.persons.map(({ texts }) => texts)).toEqual([64, 40]);
    const own = people.agreement.filter(({ judges }) => judges.join() === 'Anna,strict');
    for (const { raw, kappa, n } of own) {
      expect(raw).toBe(1);
      if (kappa !== null) expect(kappa).toBeCloseTo(1);
      expect(n).toBeGreaterThan(0);
    }
    const metric = (judge: string, arm: string) =>
      people.metrics.find(({ judges, arm: of, k }) => judges.join() === judge && of === arm && k === undefined);
    for (const arm of ['base', 'base-careful']) {
      expect(metric('Anna', arm)?.metrics).toEqual(metric('strict', arm)?.metrics);
      const [low, high] = metric('Ben', arm)?.metrics.fullMarks.bounds ?? [0, 0];
      expect(metric('Ben', arm)?.judged).toBeLessThan(32);
      expect(high).toBeGreaterThan(low);
    }
    await study.context.ledger.tables.deleteFrom('people_points').execute();
    await importFrom(study, lenient as string, 'Ben');
    await importFrom(study, strict as string, 'Anna');
    expect(toSortedJson(await resultsOf(study))).toBe(toSortedJson(results));
  });

  it('stand in the report, with what people wrote escaped', async () => {
    const items = readItems((await exportTo(study, 'remarks', 2)).jsonLines).map((item) => ({
      ...item,
      comment: '<b>odd</b>',
    }));
    await importFrom(study, writeFileIn(scratch, 'remarks.jsonl', toLines(items)), 'Cleo');
    const { code, stdout } = await runCli(['report', 'small', '--home', scratch, '--json']);
    expect({ code, study: (JSON.parse(stdout) as { study: string }).study }).toEqual({ code: 0, study: 'small' });
    const [html, json] = ['report.html', 'results.json'].map((name) =>
      readFileSync(join(scratch, 'runs/small', name), 'utf8'),
    );
    expect(html).toContain('People as graders');
    expect(faultsOf(html ?? '')).toEqual([]);
    expect(html).toContain('&lt;b&gt;odd&lt;/b&gt;');
    expect(html).not.toContain('<b>odd</b>');
    expect(JSON.parse(json ?? '')).toMatchObject({ people: { sample: { exported: 64 } } });
  });

  it('leave out exported items whose text is another now, and cannot be told without the secret', async () => {
    const { tables } = study.context.ledger;
    const secret = await findSecret(tables, study.hash);
    await tables.updateTable('blind_plans').set({ secret: 'another' }).execute();
    const { people } = await resultsOf(study);
    expect(people?.sample.exported).toBe(0);
    expect(people?.sample.changed).toBe((await listItems(tables, study.hash)).length);
    await tables
      .updateTable('blind_plans')
      .set({ secret: secret ?? '' })
      .execute();
  });
});

describe('the commands', () => {
  const run = (...args: string[]) => runCli([...args, '--home', scratch]);

  it('take texts out and points in, and write the report again', async () => {
    const out = join(scratch, 'by-command');
    const exported = await run('export', '--blind', 'small', '--texts', '5', '--seed', '3', '--out', out, '--json');
    expect(exported.code).toBe(0);
    const { jsonLines, texts } = JSON.parse(exported.stdout) as { jsonLines: string; texts: number };
    expect(texts).toBe(5);
    const file = writeFileIn(scratch, 'filled.jsonl', toLines(fill(readItems(jsonLines), () => 1)));
    const imported = await run('import', 'small', file, '--person', 'Dora', '--json');
    expect(imported.code).toBe(0);
    expect(JSON.parse(imported.stdout)).toMatchObject({ study: 'small', person: 'Dora', texts: 5, comments: 0 });
    const { people } = JSON.parse(readFileSync(join(scratch, 'runs/small/results.json'), 'utf8')) as Results;
    expect(people?.persons).toContainEqual({ person: 'Dora', texts: 5, complete: 5 });
  });

  it.each([
    ['export small', /can only be exported blind/],
    ['export --blind small --texts 0', /a whole number from 1 on/],
    ['export --blind small --out package.json', /is a file\..*\n?.*Name another folder with --out/],
    ['export --blind small --out package.json/texts', /is a file\..*\n?.*Name another folder with --out/],
    ['export --blind smal', /Did you mean "small"/],
    ['import small missing.csv --person Dora', /line 1: there is no such file/],
    ['import small missing.csv --person =1', /cannot be used as a name/],
    ['import small missing.csv', /--person/],
  ])('%s is refused without a stack', async (line, reason) => {
    const { code, stdout, stderr } = await run(...line.split(' '));
    expect({ code, stdout }).toEqual({ code: 1, stdout: '' });
    expect(stderr).toMatch(reason);
    expect(stderr).not.toMatch(/ at .*\.ts:/);
  });
});
