/**
 * How many events histories have (invariant 3), as measured with `bench/history-sizes.ts`, and how large shards and
 * windows may be to stay below the limit.
 */
import type { Catalog } from '../../contracts/catalog.ts';
import { isTrained, type Study } from '../../contracts/study.ts';
import type { Sizes } from '../../contracts/workflows.ts';
import { roundsOf } from '../rubric/rubric-checks.ts';

export const MAX_EVENTS = 4_096;
/** Events of starting and ending a workflow, and of an operator's messages to it. */
export const EVENTS_BESIDE = 64;
export const EVENTS_OF_CALL = 6;
export const EVENTS_OF_CHILD = 9;

export const SIZES: Sizes = {
  callsPerShard: 500,
  childrenAtOnce: 8,
  window: 32,
  callsPerActivity: 16,
  eventsPerRun: 2_000,
};

/** Shards that wait for a batch wait together: those that begin later would need another one. */
export const CHILDREN_BY_BATCH = 100;

/** What decides how many calls a text takes. */
export interface CallNumbers {
  readonly teacherTurns: number;
  readonly keepGradings: number;
  /** Turns of the longest prompt among students and untrained arms. */
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

/** The most calls that one text may take: every grading is asked as often as allowed. */
export const callsOfLongestText = (numbers: CallNumbers): number =>
  Math.max(
    numbers.teacherTurns + numbers.keepGradings * numbers.asks,
    numbers.studentTurns + numbers.graders * numbers.gradings * numbers.asks,
  );

/** Calls that still fit into a history once its run starts no new text. */
export const MAX_CALLS_IN_WORK = Math.floor((MAX_EVENTS - SIZES.eventsPerRun - EVENTS_BESIDE) / EVENTS_OF_CALL);

/** How many texts of a shard may be in progress at once, if each takes at most `calls` calls. */
export const windowFor = (calls: number): number =>
  Math.max(1, Math.min(SIZES.window, Math.floor(MAX_CALLS_IN_WORK / calls)));

/** How many shards so many texts are cut into. */
export const shardsOf = (texts: number, callsOfText: number): number =>
  Math.ceil(texts / Math.max(1, Math.floor(SIZES.callsPerShard / callsOfText)));
