/**
 * The order and the names in which a report presents a study: settings, graders, students, arms, and the arms of the
 * summary.
 */
import type { Plan } from '../../../contracts/plan.ts';
import type { Cell, Results } from '../../../contracts/results.ts';
import { type Arm, isTrained, type Study, type TrainedArm } from '../../../contracts/study.ts';

type Setting = Study['evaluation']['settings'][number];

export interface Panel {
  readonly student: string;
  readonly setting: string;
  readonly grader: string;
  readonly title: string;
}

export interface Layout {
  readonly students: readonly string[];
  readonly arms: readonly string[];
  readonly settings: readonly string[];
  readonly graders: readonly string[];
  readonly ks: readonly number[];
  readonly severalStudents: boolean;
  readonly severalReplicates: boolean;
  readonly severalPartitions: boolean;
  /** One for each student, grader and setting, settings running fastest. */
  readonly panels: readonly Panel[];
}

const distinct = <T>(values: readonly T[]): T[] => [...new Set(values)];

/** The plan's order first; then what only the results name, so that no cell is left out. */
const ordered = (planned: readonly string[], seen: readonly string[]): string[] => distinct([...planned, ...seen]);

export function layoutOf(plan: Plan, results: Results): Layout {
  const { cells } = results;
  const { science } = plan;
  const students = ordered(
    science.students.map(({ id }) => id),
    cells.map(({ student }) => student),
  );
  const graders = ordered(
    science.graders.map(({ id }) => id),
    cells.map(({ grader }) => grader),
  );
  const settings = ordered(
    science.evaluation.settings.map(({ id }) => id),
    cells.map(({ setting }) => setting),
  );
  const arms = ordered(
    science.arms.map(({ id }) => id),
    cells.map(({ arm }) => arm),
  );
  const severalStudents = students.length > 1;
  const panels = students.flatMap((student) =>
    graders.flatMap((grader) =>
      settings.map((setting) => {
        const title = `${nameSetting(plan, setting)} · grader ${grader}`;
        return { student, setting, grader, title: severalStudents ? `${student} · ${title}` : title };
      }),
    ),
  );
  return {
    ...{ students, graders, settings, arms, severalStudents, panels },
    ks: distinct([...science.evaluation.k, ...cells.map(({ k }) => k)]).sort((a, b) => a - b),
    severalReplicates: science.training.replicates.length > 1 || cells.some(({ replicate }) => replicate > 0),
    severalPartitions: plan.partitions.length > 1 || cells.some(({ partition }) => partition > 0),
  };
}

const inPanel = (cell: Cell, panel: Panel): boolean =>
  cell.student === panel.student && cell.setting === panel.setting && cell.grader === panel.grader;

export const cellsOf = (results: Results, panel: Panel): Cell[] => results.cells.filter((cell) => inPanel(cell, panel));

const findSetting = (plan: Plan, id: string): Setting | undefined =>
  plan.science.evaluation.settings.find((setting) => setting.id === id);

export function nameSetting(plan: Plan, id: string): string {
  const setting = findSetting(plan, id);
  if (!setting) return id;
  if (setting.skills === setting.topics) return `${setting.skills} skills and topics`;
  return `${setting.skills} skills, ${setting.topics} topics`;
}

/** The setting that draws both skills and topics from one side. */
export const settingOn = (plan: Plan, side: 'train' | 'held-out'): string | undefined =>
  plan.science.evaluation.settings.find(({ skills, topics }) => skills === side && topics === side)?.id;

export const ksOf = (arm: TrainedArm): number[] =>
  Object.keys(arm.take)
    .map(Number)
    .sort((a, b) => a - b);

/** The arms that the summary contrasts. */
export interface KeyArms {
  /** Trained on the most values of k, then on the largest k, then without matching to another arm. */
  readonly largest?: TrainedArm;
  /** The untrained student under its usual prompt. */
  readonly base?: Arm;
  /** Trained on single skills alone. */
  readonly single?: TrainedArm;
  /** Untrained students under another prompt: what can be reached by asking differently. */
  readonly prompted: readonly Arm[];
}

export function keyArmsOf(plan: Plan): KeyArms {
  const trained = plan.science.arms.filter(isTrained);
  const untrained = plan.science.arms.filter((arm) => !isTrained(arm));
  const largest = [...trained].sort((a, b) => rankOf(b) - rankOf(a))[0];
  const base = untrained.find((arm) => !('prompt' in arm) || arm.prompt === undefined);
  const single = trained.find((arm) => ksOf(arm).join() === '1' && arm !== largest);
  return {
    ...(largest && { largest }),
    ...(base && { base }),
    ...(single && { single }),
    prompted: untrained.filter((arm) => arm !== base),
  };
}

const rankOf = (arm: TrainedArm): number => {
  const ks = ksOf(arm);
  return ks.length * 1000 + (ks.at(-1) ?? 0) * 2 + (arm.match ? 0 : 1);
};
