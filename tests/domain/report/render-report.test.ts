import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { type Cell, METRICS } from '../../../contracts/results.ts';
import { formatCount, formatEstimate, formatInterval } from '../../../domain/report/page/format.ts';
import type { ReportInput } from '../../../domain/report/page/report-input.ts';
import { renderReport } from '../../../domain/report/render-report.ts';
import { findFault, idsOf, rowsOf, textOf } from '../../support/read-html.ts';
import { makeSyntheticInput } from '../../support/synthetic-study.ts';

const input = makeSyntheticInput();
const many = makeSyntheticInput({ students: ['tiny', 'small'], replicates: 2, partitions: 2 });

const withCells = (change: (cell: Cell, index: number) => Cell): ReportInput => ({
  ...input,
  results: { ...input.results, cells: input.results.cells.map(change) },
});

const figuresOf = (page: string): string[] => page.split('<figure').slice(1);
const linesOf = (figure = ''): number => figure.split('aria-roledescription="line mark"').length - 1;

describe('the report', () => {
  it('gives the same bytes for the same input', async () => {
    const again = makeSyntheticInput();
    expect(await renderReport(again)).toBe(await renderReport(input));
  });

  it('is one whole page: tags close, ids are unique, links within it lead somewhere', async () => {
    for (const page of [await renderReport(input), await renderReport(many)]) {
      expect(findFault(page)).toBeUndefined();
      const ids = idsOf(page);
      expect(new Set(ids).size).toBe(ids.length);
      const targets = [...page.matchAll(/href="#([^"]*)"/g)].map(([, id]) => id);
      expect(ids).toEqual(expect.arrayContaining(targets));
    }
  });

  it('needs nothing beside itself: no script, no address to load from', async () => {
    const page = await renderReport(input);
    expect(page).not.toMatch(/<script|<link|<img|\ssrc=|@import|url\(/);
    expect(page).not.toMatch(/href="(?!#)/);
  });

  it('can be read without seeing it: every table has a caption, every figure a title and a description', async () => {
    const page = await renderReport(input);
    expect(page.match(/<caption>/g)).toHaveLength(page.match(/<table>/g)?.length ?? 0);
    const drawings = page.match(/role="img" aria-labelledby="figure-\d-title figure-\d-desc"/g);
    expect(drawings).toHaveLength(figuresOf(page).length);
    expect(page).toContain('<html lang="en">');
  });

  it('shows every cell with its metrics, counts and exposure', async () => {
    const rows = rowsOf(await renderReport(input), 'Every cell.').map((row) => row.join(' | '));
    for (const { arm, k, metrics, counts } of input.results.cells) {
      const { planned, generated, refused, truncated, failed, gradingsPlanned, graded, unparsable, missing } = counts;
      const start = [arm, k, ...METRICS.map((metric) => formatEstimate(metrics[metric]))];
      const texts = [formatCount(planned), [generated, refused, truncated, failed].join(' / ')];
      const gradings = [gradingsPlanned, [graded, unparsable, missing].join(' / ')];
      const row = [...start, formatInterval(metrics.fullMarks.ci), ...texts, ...gradings].join(' | ');
      expect(rows).toContainEqual(expect.stringContaining(row));
    }
    const body = rows.filter((row) => row.includes('±'));
    expect(body).toHaveLength(input.results.cells.length);
  });

  it('names replicate and partition only where there are several', async () => {
    const [head = []] = rowsOf(await renderReport(input), 'Every cell.');
    const [headOfMany = []] = rowsOf(await renderReport(many), 'Every cell.');
    expect(head.slice(0, 3)).toEqual(['arm', 'k', 'Full marks']);
    expect(headOfMany.slice(0, 4)).toEqual(['arm', 'replicate', 'partition', 'k']);
  });

  it('says how far a running study is, and nothing of the kind when it is finished', async () => {
    const running = await renderReport({ ...input, running: { done: 1200, planned: 5400 } });
    expect(textOf(running)).toContain('Still running: 1\u202f200 of 5\u202f400 planned items are done');
    expect(await renderReport(input)).not.toContain('Still running');
  });

  it('tells what was paid, with re-asks and abandoned requests by phase and model', async () => {
    expect(rowsOf(await renderReport(input), 'What this study paid')).toEqual([
      expect.arrayContaining(['phase', 'model', 'of these re-asks', 'abandoned', 'errors']),
      ['compose', 'lab/teacher', '1\u202f200', '0', '0', '0', '60\u202f000', '90\u202f000', '0.5000'],
      ['evaluate', 'lab/strict', '13', '13 ($0.0120)', '7 ($0.2500)', '31', '900', '700', '0.2620'],
    ]);
  });

  it('renders a study that has nothing yet', async () => {
    const none = { corpus: [], cells: [], agreement: [], comparisons: [], failedArms: [] };
    const spending = { usd: 0, calls: 0, byModel: {} };
    const results = { ...input.results, ...none, spending };
    const certificate = { ...input.certificate, datasets: [] };
    const running = { done: 0, planned: 10 };
    const page = await renderReport({ ...input, results, certificate, corpusDetails: [], payments: [], running });
    expect(findFault(page)).toBeUndefined();
    expect(textOf(page)).toContain('No cell has results yet.');
  });
});

describe('the figures', () => {
  it('draw one line for each arm in one panel for each setting and grader', async () => {
    const [fullMarks] = figuresOf(await renderReport(input));
    expect(linesOf(fullMarks)).toBe(5 * 2 * 2);
    for (const setting of ['train', 'held-out']) expect(fullMarks).toContain(`${setting} skills and topics</tspan>`);
    for (const grader of ['strict', 'lenient']) expect(fullMarks).toContain(`grader ${grader}</tspan>`);
  });

  it('give each student panels of its own and average over replicates and partitions', async () => {
    const [fullMarks] = figuresOf(await renderReport(many));
    expect(linesOf(fullMarks)).toBe(5 * 2 * 2 * 2);
    expect(fullMarks).toContain('averages over replicates and partitions');
  });

  it('tell arms apart without colour: no two share dash and mark', async () => {
    const page = await renderReport(input);
    const legend = /<ul class="legend">.*?<\/ul>/s.exec(page)?.[0] ?? '';
    const looks = legend
      .split('<li>')
      .slice(1)
      .map((entry) => {
        const dash = /stroke-dasharray="([^"]*)"/.exec(entry)?.[1];
        const marks = [...entry.matchAll(/ d="([^"]*)"/g)].map(([, mark]) => mark);
        return `${dash} ${marks.join()}`;
      });
    expect(new Set(looks).size).toBe(5);
  });
});

describe('missing values', () => {
  const unknown = { mean: null, se: null, ci: null, bounds: [0, 1] } as const;
  const missing = { fullMarks: unknown, allSkills: unknown, skillFraction: unknown };

  it('stand as n/a with their bounds, never as 0, and draw no mark', async () => {
    const gone = withCells((cell) =>
      cell.arm === '1' ? { ...cell, metrics: missing, counts: { ...cell.counts, failed: 900, generated: 0 } } : cell,
    );
    const page = await renderReport(gone);
    const glance = rowsOf(page, 'Full marks, arm by k.').filter(([arm]) => arm === '1');
    expect(glance).toEqual(Array.from({ length: 4 }, () => ['1', 'n/a', 'n/a', 'n/a', 'n/a', 'n/a']));
    const cells = rowsOf(page, 'Every cell.').filter(([arm]) => arm === '1');
    for (const row of cells) expect(row.slice(2, 5)).toEqual(Array(3).fill('n/a bounds [0.000, 1.000]'));
    const marks = (figure = '') => figure.split('aria-roledescription="point"').length;
    const [whole] = figuresOf(await renderReport(input));
    const [partial] = figuresOf(page);
    expect(marks(whole) - marks(partial)).toBe(5 * 2 * 2);
  });

  it('in provenance and comparisons are n/a too', async () => {
    const comparisons = input.results.comparisons.map((row) => ({ ...row, difference: null, se: null, ci: null }));
    const page = await renderReport({ ...input, results: { ...input.results, comparisons } });
    expect(textOf(page)).toContain('hardware n/a');
    expect(textOf(page)).toContain('n/a against arm base (no paired combinations)');
  });

  it('of an arm that failed leave its reason', async () => {
    const tuned = { student: 'tiny', arm: '1,2', replicate: 0, partition: 0 };
    const failure = { ...tuned, failure: 'TrainingFailed', reason: 'out of memory at step 3' } as const;
    const results = {
      ...input.results,
      failedArms: [failure],
      cells: input.results.cells.filter((c) => c.arm !== '1,2'),
    };
    const page = await renderReport({ ...input, results });
    expect(rowsOf(page, 'Arms that failed.')).toContainEqual(['1,2', 'tiny', 'out of memory at step 3']);
  });
});

describe('the summary', () => {
  const summaryOf = async (changed: ReportInput): Promise<string> =>
    textOf(/<p class="summary">.*?<\/p>/s.exec(await renderReport(changed))?.[0] ?? '');

  it('contrasts the largest arm with base and the k = 1 arm, with interval and grader', async () => {
    const text = await summaryOf(input);
    expect(text).toContain('Full marks of arm 1,2,3 by grader strict: at k = 5 on train skills and topics');
    expect(text).toMatch(
      /at k = 3 on held-out skills and topics it scores [\d.]+.% \(95.% interval .*?\): .*above arm base \(95.% interval/,
    );
    expect(text).toContain('above arm 1 (95');
    expect(text).toContain('not training again or another split');
  });

  it('claims no difference where the interval holds 0', async () => {
    const comparisons = input.results.comparisons.map((row) => ({ ...row, ci: [-0.01, 0.9] as const }));
    const text = await summaryOf({ ...input, results: { ...input.results, comparisons } });
    expect(text).toContain('not told apart from arm base');
    expect(text).not.toMatch(/points (above|below)/);
  });

  it("shows the catalog's note word for word among the caveats", async () => {
    const page = textOf(await renderReport(input));
    expect(page).toContain(input.plan.catalog.note?.trim());
    expect(page).toContain('the world and the base model were designed');
  });
});

describe('hostile texts', () => {
  const HOSTILE = '<script>alert("1")</script>';
  const hostile = fc
    .tuple(fc.string(), fc.constantFrom(HOSTILE, '"><img src=x onerror=alert(1)>', '</title></svg><script>', '<!--'))
    .map(([text, attack]) => text + attack);

  const poison = (text: string): ReportInput => ({
    ...input,
    results: {
      ...input.results,
      failedArms: [{ student: text, arm: text, replicate: 0, partition: 0, failure: 'Other', reason: text }],
      cells: input.results.cells.slice(0, 3).map((cell) => ({ ...cell, arm: text, grader: text, setting: text })),
    },
    certificate: { ...input.certificate, statement: text, notCertified: [text] },
    provenance: { [text]: text, list: [{ isEscaped: true, toString: text, deep: [text] }] },
    corpusDetails: input.corpusDetails.map((row) => ({
      ...row,
      dropped: [{ index: 0, of: 1, jaccard: 1, exact: true, text, ofText: text }],
    })),
    plan: { ...input.plan, catalog: { ...input.plan.catalog, note: text } },
  });

  it('never become markup, wherever they stand', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async (text) => {
        const page = await renderReport(poison(text));
        expect(page).not.toMatch(/<script|<img|<!--/);
        expect(findFault(page)).toBeUndefined();
      }),
      { numRuns: 15 },
    );
  });

  it('are shown as they are', async () => {
    expect(textOf(await renderReport(poison(HOSTILE)))).toContain(HOSTILE);
  });
});
