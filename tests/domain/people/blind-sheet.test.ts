import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import fc from 'fast-check';
import { readPointsFile } from '../../../activities/people/read-points-file.ts';
import { drawSample, gradersDiffer, itemOf, type WrittenText } from '../../../domain/people/blind-sample.ts';
import { quoteCell, writeJsonLines, writeSpreadsheet } from '../../../domain/people/blind-sheet.ts';
import { checkRows, mergePoints, type GivenPoint } from '../../../domain/people/check-points.ts';
import { combination, graded, measuredPlan, written } from '../../support/measured-plan.ts';
import { makeScratch, writeFileIn } from '../../support/scratch.ts';

const scratch = makeScratch();
const plan = measuredPlan();
const POINTS = ['skill 1', 'skill 2', 'topic', 'sense', 'length'];

const textAt = (index: number, given: Partial<WrittenText['place']> = {}, differ = false): WrittenText => ({
  place: {
    ...{ student: 'tiny', arm: 'base', replicate: 0, partition: 0, k: 2, setting: 'train', index, generation: 0 },
    ...given,
  },
  combination: combination(index),
  text: `Text ${index}.`,
  byGrader: [written([graded(1, 1, 1, 1, 1)]), written([graded(1, differ ? 0 : 1, 1, 1, 1)])],
});

const hostile = fc.string({ unit: fc.oneof(fc.constantFrom(...'=+-@\t\r\n",;|%\'\u0000\uff1d\u200b '), fc.string()) });

describe('a cell of the spreadsheet', () => {
  it('is read back as it was, unless a spreadsheet would compute it', () => {
    fc.assert(
      fc.property(hostile, (text) => {
        const [[cell = ''] = []] = parse(`${quoteCell(text)},x\r\n`) as string[][];
        expect(cell).not.toMatch(/^[\s\u200b]*[=+\-@|%\uff1d]/);
        const plain = text.replace(/\r\n?/g, '\n').replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, '\ufffd');
        expect([plain, `'${plain}`]).toContain(cell);
        if (/^[\p{L}\p{N}]/u.test(plain)) expect(cell).toBe(plain);
      }),
    );
  });

  it.each(['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\n=1', ' =1', '\uff1d1', '|cmd', '%0A'])(
    'neutralises %j',
    (text) => {
      expect(quoteCell(text).startsWith(`"'`)).toBe(true);
    },
  );
});

describe('the files that people fill in', () => {
  const point = fc.constantFrom<GivenPoint>(0, 1, null);

  it('give back what was filled in, from either, in any order of rows and columns and any line ends', () => {
    const items = [0, 1, 2].map((index) => ({ ...textAt(index), item: `t-${index}` }));
    const names = new Map(items.map(({ item }) => [item, POINTS]));
    const layout = fc.record({
      points: fc.array(fc.array(point, { minLength: 5, maxLength: 5 }), { minLength: 3, maxLength: 3 }),
      end: fc.constantFrom('\n', '\r\n', '\r'),
      delimiter: fc.constantFrom(',', ';', '\t'),
      reversed: fc.boolean(),
      comment: fc.constantFrom('', 'a, "b"; c'),
    });
    fc.assert(
      fc.property(layout, ({ points, end, delimiter, reversed, comment }) => {
        const expected = items
          .map(({ item }, index) => ({ item, points: points[index], comment }))
          .filter(({ points: own }) => comment !== '' || own?.some((one) => one !== null));
        const turn = <T>(list: T[]): T[] => (reversed ? [...list].reverse() : list);
        const json = writeJsonLines(items, plan)
          .trimEnd()
          .split('\n')
          .map((line, index) => {
            const filled = Object.fromEntries(POINTS.map((name, at) => [name, points[index]?.[at] ?? null]));
            return JSON.stringify({ ...(JSON.parse(line) as object), points: filled, comment });
          });
        const table = (parse(writeSpreadsheet(items, plan), { bom: true }) as string[][]).map((row, index) => {
          const filled =
            index === 0
              ? row
              : [...row.slice(0, 6), ...(points[index - 1] ?? []).map((one) => String(one ?? '')), comment];
          return turn(filled)
            .map((cell) => `"${cell.replaceAll('"', '""')}"`)
            .join(delimiter);
        });
        const [header = '', ...rows] = table;
        const files = [
          ['property.jsonl', `${turn(json).join(end)}${end}`],
          ['property.csv', `\ufeff${[header, ...turn(rows)].join(end)}${end}`],
        ] as const;
        for (const [name, content] of files) {
          const read = readPointsFile(writeFileIn(scratch, name, content), POINTS);
          if (read.end === 'refused') throw new Error(JSON.stringify(read.problems));
          const checked = checkRows(read.value, names);
          const given = checked.end === 'sound' ? checked.value : [];
          const plain = turn(
            given.map(({ item, points: own, comment: said }) => ({ item, points: own, comment: said })),
          );
          expect(plain).toEqual(expected);
        }
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ['a missing column', 'item,point: skill 1\nt-0,1', /column "point: skill 2" is missing/],
    ['no item column', 'id,text\n1,2', /column "item" is missing/],
    ['a column twice', `item,item,${POINTS.map((one) => `point: ${one}`).join()}\n`, /"item" is listed twice/],
    ['an unknown point', `item,point: x,${POINTS.map((one) => `point: ${one}`).join()}\n`, /"point: x" is not a point/],
    ['an open quote', 'item,"text\nt-0,1', /not valid CSV/],
    [
      'too few cells',
      `item,${POINTS.map((one) => `point: ${one}`).join()}\nt-0,1`,
      /2 cells instead of the header's 6/,
    ],
    ['blanks', ' \n\n', /it is empty/],
  ])('are refused with %s', (_, content, reason) => {
    const read = readPointsFile(writeFileIn(scratch, 'faulty.csv', content), POINTS);
    expect(read.end === 'refused' && read.problems.map((one) => one.reason).join()).toMatch(reason);
  });

  it('are refused in another encoding', () => {
    const file = join(scratch, 'latin.csv');
    writeFileSync(file, Buffer.from('item,comment\nt-0,sch\u00f6n', 'latin1'));
    expect(readPointsFile(file, POINTS)).toMatchObject({
      problems: [{ reason: expect.stringContaining('not UTF-8') }],
    });
  });

  it('name the line where a row begins, also after cells of several lines', () => {
    const header = `item,text,${POINTS.map((one) => `point: ${one}`).join()}`;
    const content = `${header}\nt-0,"a\nb\nc",2,1,1,1,1\nt-1,x,2,1,1,1,1\n`;
    const read = readPointsFile(writeFileIn(scratch, 'lines.csv', content), POINTS);
    const names = new Map(['t-0', 't-1'].map((item) => [item, POINTS]));
    const checked = read.end === 'sound' ? checkRows(read.value, names) : read;
    expect(checked).toMatchObject({ end: 'refused', problems: [{ line: 2 }, { line: 5 }] });
  });
});

describe('one point', () => {
  const check = (value: unknown) =>
    checkRows(
      [{ line: 2, item: 't-0', points: { topic: value, sense: 1 }, comment: '' }],
      new Map([['t-0', ['topic', 'sense']]]),
    );

  it.each([
    [0, 0],
    [1, 1],
    ['0', 0],
    [' 1 ', 1],
    ['1.0', 1],
    ['0,00', 0],
    ['', null],
    [null, null],
    ['n/a', null],
  ])('written as %j is %j', (value, point) => {
    expect(check(value)).toMatchObject({ end: 'sound', value: [{ points: [point, 1] }] });
  });

  it.each([2, -1, 0.5, true, [], ['1'], {}, '2', '01', '1.5', '1.', '.0', '+1', '1e0', 'x', 'yes', 'Infinity', '１'])(
    'cannot be written as %j',
    (value) => {
      expect(check(value)).toMatchObject({
        end: 'refused',
        problems: [{ line: 2, reason: expect.stringMatching(/not 0 or 1/) }],
      });
    },
  );
});

describe('points given before', () => {
  const given = (points: GivenPoint[]) => [{ line: 2, item: 't-0', points, comment: '' }];
  const known = new Map([['t-0', { points: [1, 0, null] as GivenPoint[], comment: 'said' }]]);
  const names = new Map([['t-0', ['skill 1', 'topic', 'sense']]]);

  it('stay where nothing is given, fill up, and change only by replace', () => {
    const merge = (points: GivenPoint[], replace = false) => mergePoints(given(points), known, names, { replace });
    expect(merge([null, 0, 1])).toEqual({ end: 'sound', value: [{ item: 't-0', points: [1, 0, 1], comment: 'said' }] });
    expect(merge([0, 1, 1])).toMatchObject({ end: 'refused', problems: [{ line: 2 }, { line: 2 }] });
    expect(merge([0, null, null], true)).toMatchObject({ end: 'sound', value: [{ points: [0, 0, null] }] });
  });
});

describe('a sample', () => {
  const texts = [
    ...Array.from({ length: 40 }, (_, index) => textAt(index, {}, index < 10)),
    ...Array.from({ length: 20 }, (_, index) => textAt(index, { arm: '1,2' })),
  ];
  const draw = (count: number, seed = 1, secret = 's') => drawSample(texts, { secret, seed, texts: count });

  it('takes the same share of each stratum; a larger one holds the smaller', () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const items = draw(30, seed);
      expect(items.filter(({ place }) => place.arm === '1,2')).toHaveLength(10);
      expect(items.filter(gradersDiffer)).toHaveLength(5);
    }
    const items = draw(30);
    const larger = new Set(draw(45).map(({ item }) => item));
    expect(items.every(({ item }) => larger.has(item))).toBe(true);
    expect(draw(1000)).toHaveLength(60);
  });

  it('hangs on seed and secret, in what it holds, how it is ordered and what items are called', () => {
    const names = (items: readonly WrittenText[]) => items.map(({ place }) => `${place.arm} ${place.index}`);
    expect(names(draw(60))).toEqual(names(draw(60)));
    expect(names(draw(60, 2))).not.toEqual(names(draw(60)));
    expect(names(draw(60, 1, 'other'))).not.toEqual(names(draw(60)));
    expect(new Set(names(draw(20, 1, 'other')))).not.toEqual(new Set(names(draw(20))));
    const [text] = texts as [WrittenText];
    expect(itemOf('s', text)).toMatch(/^t-[0-9a-f]{16}$/);
    expect(itemOf('other', text)).not.toBe(itemOf('s', text));
    expect(itemOf('s', { ...text, text: 'Another.' })).not.toBe(itemOf('s', text));
  });
});
