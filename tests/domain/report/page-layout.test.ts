import { describe, expect, it } from '@jest/globals';
import type { Cell } from '../../../contracts/results.ts';
import { renderReport } from '../../../domain/report/render-report.ts';
import { renderProvenance } from '../../../domain/report/sections/provenance-section.ts';
import { findFault, textOf } from '../../support/read-html.ts';
import { makeSyntheticInput } from '../../support/synthetic-study.ts';

const input = makeSyntheticInput();
const figuresOf = (page: string): string[] => page.split('<figure').slice(1);

describe('the figures', () => {
  it('have panels whose titles stand at one height, also above a mark of 1', async () => {
    const full = { mean: 1, se: 0, ci: [0.9, 1], bounds: [1, 1] } as const;
    const raise = (cell: Cell): Cell =>
      cell.setting === 'train' ? { ...cell, metrics: { ...cell.metrics, fullMarks: full } } : cell;
    const results = { ...input.results, cells: input.results.cells.map(raise) };
    const [fullMarks = ''] = figuresOf(await renderReport({ ...input, results }));
    const titles = [...fullMarks.matchAll(/role-title-text.*?<text[^>]* transform="translate\([^,]*,([^)]*)\)"/gs)];
    expect(titles).toHaveLength(4);
    expect(new Set(titles.map(([, y]) => y)).size).toBe(1);
  });

  it('mark every corpus as its legend does', async () => {
    const corpus = figuresOf(await renderReport(input)).at(-1) ?? '';
    const marks = [...corpus.matchAll(/aria-roledescription="point"[^>]* d="([^"]*)"/g)].map(([, mark]) => mark);
    expect(marks).toHaveLength(3 * 5);
    expect(new Set(marks).size).toBe(3);
  });
});

describe('provenance', () => {
  const checkpoints = [{ student: 'tiny', made: { files: { 'model.safetensors': 'ab'.repeat(32) }, seeds: [1, 2] } }];
  const provenance = { hardware: null, limits: {}, checkpoints };

  it('folds away what is nested, each part below its name, so that no depth leaves a value without room', async () => {
    const page = String(await renderProvenance({ ...input, provenance }));
    expect(findFault(page)).toBeUndefined();
    const [open = '', folded = ''] = page.split('<details>');
    expect(textOf(open)).toContain('hardware n/a');
    expect(textOf(open)).toContain('limits none');
    expect(textOf(folded)).toMatch(
      /^checkpoints: 1 entry student tiny made files model\.safetensors (ab){32} seeds 1, 2$/,
    );
    // Columns are for values alone: in them nothing is nested.
    for (const row of page.split('<div class="leaf">').slice(1)) expect(row.split('</div>')[0]).not.toContain('<dl>');
  });
});
