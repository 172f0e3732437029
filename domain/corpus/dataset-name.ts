import type { Plan } from '../../contracts/plan.ts';

export interface DatasetOf {
  readonly arm: string;
  readonly student: string;
  readonly partition: number;
}

/**
 * The file of a training set in `datasets/`: `<arm>.jsonl`, with student and partition where there are several. Where a
 * student follows, dots of the arm become `_`, which no id contains: so no two sets share a file.
 */
export function datasetName({ science, partitions }: Plan, { arm, student, partition }: DatasetOf): string {
  const who = science.students.length > 1 ? `${arm.replaceAll('.', '_')}.${student}` : arm;
  return partitions.length > 1 ? `${who}.p${partition}.jsonl` : `${who}.jsonl`;
}
