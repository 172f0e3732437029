import { readFile } from 'node:fs/promises';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readPublished } from '../../../activities/analysis/read-published.ts';
import type { CellOutcome, TextOutcome } from '../../../contracts/outcomes.ts';
import { SIGNATURES } from '../../../contracts/outputs/failure-description.ts';
import { describeFailures } from '../../../domain/failures/describe-failures.ts';
import type { ReportInput } from '../../../domain/report/page/report-input.ts';
import { renderReport } from '../../../domain/report/render-report.ts';
import { findFault, idsOf, rowsOf, textOf } from '../../support/read-html.ts';
import { makeSyntheticInput } from '../../support/synthetic-study.ts';
import { faultsOf } from '../../support/table-rules.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const input = makeSyntheticInput();
const { plan } = input;

/** Two combinations of every planned list, each answered with the text; every other one earns nothing but sense. */
const cellsWith = (text: string): CellOutcome[] =>
  ['base', '1,2,3'].flatMap((arm) =>
    plan.evaluation.map(({ partition, k, setting, items }) => ({
      ...{ student: 'tiny', arm, replicate: 0, partition, k, setting, grader: 'strict' },
      items: items.slice(0, 2).map((combination, index) => ({
        combination,
        generations: [0, 1, 2].map((): TextOutcome => {
          const points = [...Array.from({ length: k }, () => index), index, 1, 1];
          return { end: 'generated', text, gradings: [{ end: 'graded', points }] };
        }),
      })),
    })),
  );

const withText = (text: string): ReportInput => ({
  ...input,
  failures: describeFailures(cellsWith(text), plan, () => new Set()),
});

describe('the section on what fails', () => {
  it('leaves the page whole and names the grader', async () => {
    const page = await renderReport(withText('One; two; three; four; five; six'));
    expect(findFault(page)).toBeUndefined();
    expect(new Set(idsOf(page)).size).toBe(idsOf(page).length);
    expect(textOf(page)).toContain('By grader strict , the study’s first, alone');
    expect(page.match(/<caption>/g)).toHaveLength(page.match(/<table>/g)?.length ?? 0);
    expect(faultsOf(page)).toEqual([]);
  });

  it('counts signatures by arm and setting, all k together', async () => {
    const page = await renderReport(withText('Alone it stands.'));
    const [head = [], ...rows] = rowsOf(page, 'How texts fail');
    expect(head).toEqual(['arm', 'scored', 'full marks', ...SIGNATURES, 'unnamed', 'without score']);
    const byArm = rows.filter((row) => row.length > 1);
    expect(byArm).toHaveLength(4);
    const offTopic = head.indexOf('off-topic');
    for (const row of byArm) expect([row[1], row[2], row[offTopic]]).toEqual(['30', '15', '15']);
  });

  it('escapes texts of models', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom('<', '>', '"', "'", '&', '</q>', '<script>', 'x', '\n', '${')),
        async (parts) => {
          const text = `${parts.join('')}<script>alert(1)</script>`;
          const page = await renderReport(withText(text));
          expect(findFault(page)).toBeUndefined();
          expect(page).not.toContain('<script');
          expect(textOf(page)).toContain('<script>alert(1)</script>');
        },
      ),
      { numRuns: 8 },
    );
  });

  it('cuts long texts in the page, between characters', async () => {
    const page = await renderReport(withText('😀'.repeat(700)));
    expect(page).toContain(`<q>${'😀'.repeat(600)} […]</q>`);
    expect(page).not.toContain('😀'.repeat(601));
  });

  it('says so where nothing is graded yet, and is absent from a page without a description', async () => {
    const none = { ...input, failures: describeFailures([], plan, () => new Set<string>()) };
    expect(textOf(await renderReport(none))).toContain('No text has been graded yet.');
    expect(await renderReport(input)).not.toContain('What fails');
  });
});

describe('published figures', () => {
  it('are read for a catalog that has them; others have none', async () => {
    const published = await readPublished(ROOT, 'skillmix');
    expect(published?.tables[0]?.rows).toHaveLength(6);
    expect(published?.headlines[0]).toMatchObject({ k: 3, fullMarks: { before: 0.04, after: 0.37 } });
    expect(await readPublished(ROOT, 'lab')).toBeUndefined();
  });

  it('stand beside the study, said to be not comparable, with what differs', async () => {
    const published = await readPublished(ROOT, 'skillmix');
    const page = await renderReport({ ...input, ...(published && { published }) });
    expect(findFault(page)).toBeUndefined();
    const rows = rowsOf(page, 'Skill-Mix leaderboard');
    expect(rows[0]).toEqual(['student', 'k = 1', 'k = 2', 'k = 3', 'k = 4', 'k = 5']);
    expect(rows).toContainEqual([
      'GPT-4',
      'n/a',
      '0.95 / 0.95 / 0.98',
      '0.66 / 0.66 / 0.88',
      '0.48 / 0.50 / 0.85',
      '0.12 / 0.12 / 0.79',
    ]);
    expect(rows.map(([name]) => name)).toContain('tiny, arm 1,2,3, held-out skills and topics');
    expect(textOf(page)).toContain('Context, not a comparison.');
    expect(textOf(page)).toContain('0.04 before and 0.37 after');
    expect(textOf(page)).toContain('as quoted elsewhere, not verified');
    expect(textOf(page)).toContain('names not deducted');
    expect(page).not.toMatch(/href="(?!#)/);
    expect(await renderReport(input)).not.toContain('Context, not a comparison');
  });

  it('take the scoring of the published table where the study has it', async () => {
    const published = await readPublished(ROOT, 'skillmix');
    const figure = { mean: 0.123, se: 0 };
    const leaderboard = { n: 1, fullMarks: figure, allSkills: figure, skillFraction: figure };
    const cells = input.results.cells.map((cell) => ({ ...cell, variants: { leaderboard } }));
    const page = await renderReport({
      ...input,
      results: { ...input.results, cells },
      ...(published && { published }),
    });
    const own = rowsOf(page, 'Skill-Mix leaderboard').filter(([name]) => name?.startsWith('tiny'));
    expect(own).toHaveLength(4);
    for (const row of own) expect(row.slice(1)).toEqual(Array.from({ length: 5 }, () => '0.12 / 0.12 / 0.12'));
  });

  it.each([
    ['an unknown key', (text: string) => `${text}\nmore: 1\n`],
    ['a share above 1', (text: string) => text.replace('after: 0.37', 'after: 37')],
    ['broken YAML', (text: string) => `${text}\n  - [`],
  ])('are refused with place and remedy for %s', async (_, change) => {
    const root = await mkdtemp(join(tmpdir(), 'etude-published-'));
    try {
      await mkdir(join(root, 'catalogs/own'), { recursive: true });
      const text = await readFile(join(ROOT, 'catalogs/skillmix/published.yaml'), 'utf8');
      await writeFile(join(root, 'catalogs/own/published.yaml'), change(text));
      await expect(readPublished(root, 'own')).rejects.toMatchObject({
        message: expect.stringContaining('catalogs/own/published.yaml cannot be used'),
        remedy: expect.stringContaining('Correct the file'),
      });
    } finally {
      await rm(root, { recursive: true });
    }
  });
});
