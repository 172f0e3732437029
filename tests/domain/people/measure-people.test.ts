import { describe, expect, it } from '@jest/globals';
import type { TextOutcome } from '../../../contracts/outcomes.ts';
import type { Plan } from '../../../contracts/plan.ts';
import type { GivenPoint } from '../../../domain/people/check-points.ts';
import { measurePeople, type ReviewedText } from '../../../domain/people/measure-people.ts';
import { combination, graded, measuredPlan, written } from '../../support/measured-plan.ts';

const plan = measuredPlan();

interface Given {
  readonly index?: number;
  readonly generation?: number;
  readonly arm?: string;
  readonly strict: TextOutcome;
  readonly people?: Readonly<Record<string, readonly GivenPoint[]>>;
}

const review = ({ index = 0, generation = 0, arm = 'base', strict, people = {} }: Given): ReviewedText => ({
  place: { student: 'tiny', arm, replicate: 0, partition: 0, k: 2, setting: 'train', index, generation },
  combination: combination(index),
  text: 'One sentence.',
  byGrader: [strict, written([]), written([])],
  byPerson: new Map(Object.entries(people).map(([person, points]) => [person, { points, comment: '' }])),
});
const full = written([graded(1, 1, 1, 1, 1)]);
const none = written([graded(0, 0, 0, 0, 0)]);
const measure = (texts: readonly ReviewedText[], of: Plan = plan) => measurePeople({ texts, changed: 0, plan: of });
const rowOf = ({ metrics }: ReturnType<typeof measure>, judges: string) =>
  metrics.find((row) => row.judges.join() === judges && row.k === undefined);

describe('people beside graders', () => {
  it('are compared on the points that both judged, by hand: raw 5/8, kappa 1/4', () => {
    const texts = [
      review({ strict: full, people: { Anna: [1, 1, 1, 0, null] } }),
      review({ index: 1, strict: none, people: { Anna: [0, 1, 1, 0, null] } }),
      review({ index: 2, strict: full, people: { Anna: [null, null, null, null, null] } }),
      review({ index: 3, strict: written([]), people: { Anna: [1, 1, 1, 1, 1] } }),
    ];
    const row = measure(texts).agreement.find(
      ({ judges, point }) => judges.join() === 'Anna,strict' && point === 'all',
    );
    expect(row).toMatchObject({ texts: 2, n: 8, raw: 5 / 8 });
    expect(row?.kappa).toBeCloseTo(1 / 4);
  });

  it('count a text only when they judged every point; the rest is within the bounds', () => {
    const texts = [
      review({ strict: full, people: { Anna: [1, 1, 1, 1, 1] } }),
      review({ index: 1, strict: full, people: { Anna: [0, 1, null, 1, 1] } }),
    ];
    const people = measure(texts);
    expect(people.persons).toEqual([{ person: 'Anna', texts: 2, complete: 1 }]);
    expect(rowOf(people, 'Anna')).toMatchObject({
      ...{ texts: 2, judged: 1 },
      metrics: { fullMarks: { mean: 1, bounds: [0.5, 1] }, skillFraction: { mean: 1 } },
    });
  });

  it('have one vote each beside graders, whose own gradings count as in the study when they are alone', () => {
    const given = { Anna: [0, 1, 1, 1, 1], Ben: [0, 1, 1, 1, 1] } as const;
    const mixed = written([graded(1, 1, 1, 1, 1), graded(1, 1, 1, 1, 1), graded(0, 1, 1, 1, 1)]);
    const byMean = measuredPlan({ aggregate: { gradings: 'mean', generations: 'max' } });
    const people = measure([review({ strict: mixed, people: given })], byMean);
    expect(rowOf(people, 'strict')?.metrics.fullMarks.mean).toBeCloseTo(2 / 3);
    expect(rowOf(people, 'strict,mild,third,Anna,Ben')?.metrics.fullMarks.mean).toBeCloseTo(1 / 3);
    expect(rowOf(people, 'Anna,Ben')?.metrics.fullMarks.mean).toBe(0);
    expect(rowOf(measure([review({ strict: mixed, people: given })]), 'strict')?.metrics.fullMarks.mean).toBe(1);
  });

  it('see texts of one combination as one draw', () => {
    const twice = [full, none].map((strict, generation) =>
      review({ generation, strict, people: { Anna: [1, 1, 1, 1, 1] } }),
    );
    const people = measure([...twice, review({ index: 1, strict: full })]);
    expect(rowOf(people, 'strict')).toMatchObject({ texts: 3, judged: 3, metrics: { fullMarks: { mean: 0.75 } } });
  });

  it('leave out combinations that the study does not score', () => {
    const evaluation = { ...plan.science.evaluation, commonSkills: 'excluded' as const };
    const skills = plan.catalog.skills.map((skill) => ({ ...skill, common: skill.id === 'simile' }));
    const filtered = { ...plan, science: { ...plan.science, evaluation }, catalog: { ...plan.catalog, skills } };
    const people = measure([review({ strict: full, people: { Anna: [1, 1, 1, 1, 1] } })], filtered);
    expect(rowOf(people, 'Anna')).toMatchObject({ texts: 1, judged: 0, metrics: { fullMarks: { mean: null } } });
  });
});
