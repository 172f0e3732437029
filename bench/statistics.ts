/**
 * Measures how long the statistics of a study take, on random scores for the cells of a study file:
 * `node --import tsx bench/statistics.ts [studies/paper.yaml]`.
 */
import { planStudy } from '../client/study-file/read-study.ts';
import { randomStream } from '../domain/basics/random.ts';
import { compareArms } from '../domain/comparing/compare.ts';
import { compareGains } from '../domain/comparing/gains.ts';
import { testHypotheses } from '../domain/comparing/hypotheses.ts';
import type { ScoreTable } from '../domain/comparing/score-table.ts';

const { plan, hash } = await planStudy(process.argv[2] ?? 'studies/lab.yaml');
const { students, graders, arms, training } = plan.science;
const stream = randomStream(1, 'bench');

const lists = plan.evaluation.filter(({ partition }) => partition === 0);
const tables: ScoreTable[] = students.flatMap(({ id: student }) =>
  graders.flatMap(({ id: grader }) =>
    lists.map(({ k, setting }) => {
      const combinations = plan.evaluation
        .filter((list) => list.k === k && list.setting === setting)
        .flatMap(({ items }) => items);
      const invent = () => combinations.map(() => (stream.next() >>> 0) % 2);
      const scores = arms.map(({ id }) => [id, training.replicates.map(invent)] as const);
      return { student, grader, k, setting, metric: 'fullMarks', combinations, arms: new Map(scores) };
    }),
  ),
);

function time<T extends readonly unknown[]>(what: string, make: () => T): void {
  const started = process.cpuUsage();
  const rows = make();
  const bytes = JSON.stringify(rows).length;
  console.log(
    `${what}: ${rows.length} rows, ${Math.round(process.cpuUsage(started).user / 1000)} ms of CPU, ${bytes} bytes`,
  );
}

time('comparisons (10,000 resamples each)', () => compareArms({ tables, plan, hash }));
time('hypotheses', () => testHypotheses({ tables, plan, hash }));
time('gains', () => compareGains(tables, plan));
