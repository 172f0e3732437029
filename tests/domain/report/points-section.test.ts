import { describe, expect, it } from '@jest/globals';
import type { Plan } from '../../../contracts/plan.ts';
import type { Results } from '../../../contracts/results.ts';
import { layoutOf } from '../../../domain/report/page/layout.ts';
import { renderPoints, renderVariants } from '../../../domain/report/sections/points-section.ts';
import { scoreCell } from '../../../domain/scoring/score-cell.ts';
import { cell, graded, measuredPlan, written } from '../../support/measured-plan.ts';

const measured = measuredPlan({ items: 2 });
const { science } = measured;
const plan = {
  ...measured,
  science: {
    ...science,
    students: [{ id: 'tiny' }],
    arms: [{ id: 'base', untrained: true }],
    training: { replicates: [{ dataSeed: 1, trainSeed: 1 }] },
    evaluation: { ...science.evaluation, k: [2], settings: [{ id: 'train', skills: 'train', topics: 'train' }] },
  },
} as unknown as Plan;
const full = written(Array(3).fill(graded(1, 1, 1, 1, 1)), 'A tricolon.');
const half = written(Array(3).fill(graded(1, 0, 1, 1, 1)));
const results = { cells: [scoreCell(cell([[full], [half]]), plan, 0)] } as unknown as Results;
const text = async (html: unknown): Promise<string> =>
  String(await html)
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ');

describe('the section of points and variants', () => {
  it('has the mean of every kind of point in every cell', async () => {
    const shown = await text(renderPoints(plan, results, layoutOf(plan, results)));
    expect(shown).toContain('skill topic sense length');
    expect(shown).toContain('base 2 0.750 ± 0.250 1.000 ± 0.000 1.000 ± 0.000 1.000 ± 0.000');
  });

  it('has the study’s own scores beside those of every variant, for all metrics', async () => {
    const shown = await text(renderVariants(results, layoutOf(plan, results)));
    expect(shown).toContain('as the study scores names deducted inflected names deducted sentences as Unicode best of');
    expect(shown).toContain('base 2 0.500 ± 0.500 0.000 ± 0.000 0.000 ± 0.000 0.500 ± 0.500 1');
    expect(shown).toContain('Skill fraction, scored in other ways.');
  });
});
