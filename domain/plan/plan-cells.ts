/** What a plan evaluates: its tuned students, and their cells by the paths that commands and reports use. */
import { UserError } from '../../contracts/failures.ts';
import { cellPath } from '../../contracts/ids.ts';
import type { EvaluationList, Plan, TunedStudent } from '../../contracts/plan.ts';
import { isTrained } from '../../contracts/study.ts';
import { findNearest } from '../basics/nearest.ts';

/** Every tuned student of a plan: untrained arms have one replicate. */
export function tunedStudents(plan: Plan): TunedStudent[] {
  const { students, arms, training } = plan.science;
  return students.flatMap(({ id }) =>
    arms.flatMap((arm) =>
      plan.partitions.flatMap(({ index: partition }) =>
        (isTrained(arm) ? training.replicates : [undefined]).map((_, replicate) => ({
          student: id,
          arm: arm.id,
          replicate,
          partition,
        })),
      ),
    ),
  );
}

export interface PlanCell {
  readonly tuned: TunedStudent;
  readonly list: EvaluationList;
  readonly path: string;
}

export const cellsOf = (plan: Plan, tuned: TunedStudent): PlanCell[] =>
  plan.evaluation.flatMap((cell, list) =>
    cell.partition === tuned.partition ? [{ tuned, list, path: cellPath(tuned, cell) }] : [],
  );

export const planCells = (plan: Plan): PlanCell[] => tunedStudents(plan).flatMap((tuned) => cellsOf(plan, tuned));

/** The cell that a person named, also with the study's name before it. Throws `UserError` with the nearest ones. */
export function requireCell(plan: Plan, written: string): PlanCell {
  const { name } = plan.science;
  const path = written.replace(/\/+$/, '').replace(`${name}/evaluate/`, '').replace(`${name}/`, '');
  const cells = planCells(plan);
  const found = cells.find((cell) => cell.path === path || cell.path === written);
  if (found) return found;
  throw new UserError(`Study ${name} has no cell "${written}".`, `Nearest: ${nearestPaths(path, cells).join(', ')}.`);
}

const SHOWN = 4;

/** First the cells that agree in most parts of their names, then those that are spelt most alike. */
function nearestPaths(path: string, cells: readonly PlanCell[]): string[] {
  const parts = path.split('/');
  const paths = cells.map((cell) => cell.path);
  const alike = findNearest(path, paths);
  const shared = (other: string): number => other.split('/').filter((part) => parts.includes(part)).length;
  const ranked = [...paths].sort((a, b) => shared(b) - shared(a));
  return [...new Set([...(alike === undefined ? [] : [alike]), ...ranked])].slice(0, SHOWN);
}
