import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Plan } from '../../../contracts/plan.ts';
import { datasetName, type DatasetOf } from '../../../domain/corpus/dataset-name.ts';

/** Of a plan, the numbers of students and partitions are all that matters here. */
const planOf = (students: number, partitions: number) =>
  ({ science: { students: Array(students) }, partitions: Array(partitions) }) as unknown as Plan;

const idOf = (letters: string) =>
  fc.array(fc.constantFrom(...letters), { minLength: 1, maxLength: 4 }).map((characters) => `a${characters.join('')}`);
const anyOf = fc.record({ arm: idOf('ap0.,+-'), student: idOf('ap0.-'), partition: fc.nat({ max: 2 }) });

describe('the file of a training set', () => {
  it('is named after its arm; student and partition are named where there are several', () => {
    const set: DatasetOf = { arm: '1,2', student: 'tiny', partition: 1 };
    expect(datasetName(planOf(1, 1), set)).toBe('1,2.jsonl');
    expect(datasetName(planOf(2, 1), set)).toBe('1,2.tiny.jsonl');
    expect(datasetName(planOf(1, 2), set)).toBe('1,2.p1.jsonl');
    expect(datasetName(planOf(2, 2), set)).toBe('1,2.tiny.p1.jsonl');
    expect(datasetName(planOf(1, 1), { ...set, arm: 'lr0.5' })).toBe('lr0.5.jsonl');
  });

  it('is never that of another set of the study', () => {
    expect(datasetName(planOf(2, 1), { arm: 'a.b', student: 'c', partition: 0 })).not.toBe(
      datasetName(planOf(2, 1), { arm: 'a', student: 'b.c', partition: 0 }),
    );
    fc.assert(
      fc.property(anyOf, anyOf, fc.boolean(), fc.boolean(), (one, given, students, partitions) => {
        const other = {
          arm: given.arm,
          student: students ? given.student : one.student,
          partition: partitions ? given.partition : one.partition,
        };
        const plan = planOf(students ? 2 : 1, partitions ? 3 : 1);
        const same = one.arm === other.arm && one.student === other.student && one.partition === other.partition;
        expect(datasetName(plan, one) === datasetName(plan, other)).toBe(same);
      }),
      { numRuns: 2_000 },
    );
  });
});
