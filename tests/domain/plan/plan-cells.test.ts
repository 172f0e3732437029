import { describe, expect, it } from '@jest/globals';
import { cellPath } from '../../../contracts/ids.ts';
import { planCells, requireCell, tunedStudents } from '../../../domain/plan/plan-cells.ts';
import { makeSyntheticPlan } from '../../support/synthetic-study.ts';

const plan = makeSyntheticPlan({ students: ['tiny'], replicates: 2, partitions: 2 });

describe('the cells of a plan', () => {
  it('are those of every tuned student in its partition, under names of their own', () => {
    const paths = planCells(plan).map(({ path }) => path);
    // Three trained arms twice, two untrained ones once, in two partitions; k = 1 to 5 in two settings.
    expect(tunedStudents(plan)).toHaveLength((3 * 2 + 2) * 2);
    expect(paths).toHaveLength((3 * 2 + 2) * 2 * 5 * 2);
    expect(new Set(paths).size).toBe(paths.length);
    expect(paths).toContain('tiny/1,2/r1/p1/k3/held-out');
    for (const { tuned, list, path } of planCells(plan)) {
      const planned = plan.evaluation[list];
      expect(planned?.partition).toBe(tuned.partition);
      expect(planned && cellPath(tuned, planned)).toBe(path);
    }
  });

  it.each(['tiny/1,2,3/k3/held-out', 'synthetic/tiny/1,2,3/k3/held-out', 'synthetic/evaluate/tiny/1,2,3/k3/held-out'])(
    'are found by %s',
    (written) => {
      expect(requireCell(plan, written)).toMatchObject({
        tuned: { student: 'tiny', arm: '1,2,3', replicate: 0, partition: 0 },
        path: 'tiny/1,2,3/k3/held-out',
      });
    },
  );

  it.each([
    ['tiny/1,2,3/k3/heldout', 'tiny/1,2,3/k3/held-out'],
    ['tiny/1,2,3/k9/held-out', 'tiny/1,2,3/k1/held-out'],
    ['tyni/base/k3/train', 'tiny/base/k3/train'],
    ['base', 'tiny/base/k1/train'],
    ['', 'tiny/'],
  ])('that are unknown (%s) are refused with the nearest', (written, near) => {
    expect(() => requireCell(plan, written)).toThrow(
      expect.objectContaining({
        name: 'UserError',
        message: `Study synthetic has no cell "${written}".`,
        remedy: expect.stringContaining(near),
      }),
    );
  });
});
