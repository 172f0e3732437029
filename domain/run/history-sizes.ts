/** How large histories grow (invariant 3), as measured with `bench/history-sizes.ts`: what fits, and in which steps. */
import type { Catalog } from '../../contracts/catalog.ts';
import { isTrained, type Study } from '../../contracts/study.ts';
import type { Sizes } from '../../contracts/workflows.ts';
import { roundsOf } from '../rubric/rubric-checks.ts';

export const MAX_EVENTS = 4_096;
/** Begin and end of a workflow, and what a person says to it. */
export const EVENTS_BESIDE = 64;
export const EVENTS_OF_CALL = 6;
export const EVENTS_OF_CHILD = 9;

export const SIZES: Sizes = { callsPerShard: 500, childrenAtOnce: 8, window: 32, eventsPerRun: 2_000 };

/** What decides how many calls a text takes. */
export interface CallNumbers {
  readonly teacherTurns: number;
  readonly keepGradings: number;
  /** Of the student, or the untrained arm, with the most. */
  readonly studentTurns: number;
  readonly graders: number;
  readonly gradings: number;
  /** How often an unreadable grading is asked in all. */
  readonly asks: number;
}

type AskedParts = Pick<Study, 'teacher' | 'students' | 'arms' | 'graders' | 'compose' | 'evaluation'>;

export function callNumbers(
  { teacher, students, arms, graders, compose, evaluation }: AskedParts,
  { prompts, rubric }: Catalog,
): CallNumbers {
  const ofArms = arms.flatMap((arm) => (isTrained(arm) || arm.prompt === undefined ? [] : [arm.prompt]));
  const asked = [...students.map(({ prompt }) => prompt), ...ofArms];
  return {
    teacherTurns: prompts.teacher[teacher.prompt]?.turns.length ?? 0,
    keepGradings: roundsOf(rubric, compose.keep.gradings),
    studentTurns: Math.max(0, ...asked.map((prompt) => prompts.student[prompt]?.turns.length ?? 0)),
    graders: graders.length,
    gradings: roundsOf(rubric, evaluation.gradings),
    asks: evaluation.asks,
  };
}

/** Calls of the text that takes the most, when every grading of it is asked to its limit. */
export const callsOfLongestText = (numbers: CallNumbers): number =>
  Math.max(
    numbers.teacherTurns + numbers.keepGradings * numbers.asks,
    numbers.studentTurns + numbers.graders * numbers.gradings * numbers.asks,
  );

/** Calls that may still come when a run takes no new text. */
export const MAX_CALLS_IN_WORK = Math.floor((MAX_EVENTS - SIZES.eventsPerRun - EVENTS_BESIDE) / EVENTS_OF_CALL);

/** How many texts of a shard may be in work at once, for texts that take at most so many calls. */
export const windowFor = (calls: number): number =>
  Math.max(1, Math.min(SIZES.window, Math.floor(MAX_CALLS_IN_WORK / calls)));

export const shardsOf = (texts: number, callsOfText: number): number =>
  Math.ceil(texts / Math.max(1, Math.floor(SIZES.callsPerShard / callsOfText)));
