/** Which histories must be on record: every workflow type at every stage that it can be in when a new version comes. */
import type * as workflows from '../../workflows/index.ts';

export type WorkflowType = keyof typeof workflows;

/**
 * fresh: its first work is in hand · finished · paused: a pause was answered · amended: a cell was given up and what was
 * open was studied once more · cancelled · failed: an activity failed for good · failed-arm: an arm did, and the study went
 * on · continuing: ended by continuing as new · continued: what came of it · mid-batch: a batch is in hand · batched
 */
export type Stage =
  | 'fresh'
  | 'finished'
  | 'paused'
  | 'amended'
  | 'cancelled'
  | 'failed'
  | 'failed-arm'
  | 'continuing'
  | 'continued'
  | 'mid-batch'
  | 'batched';

const SHARD: readonly Stage[] = ['fresh', 'finished', 'cancelled', 'continuing', 'continued', 'mid-batch', 'batched'];

/** What these are asked for again is asked by their activities, so that they need not continue as new. */
const TEXTS: readonly Stage[] = ['fresh', 'finished', 'cancelled', 'mid-batch', 'batched'];

/** The compiler asks for a line here when a workflow type is added. */
export const STAGES: Readonly<Record<WorkflowType, readonly Stage[]>> = {
  runStudy: ['fresh', 'finished', 'paused', 'amended', 'cancelled', 'failed-arm'],
  composeCorpus: ['fresh', 'finished', 'cancelled'],
  composeShard: SHARD,
  composeTexts: TEXTS,
  tuneStudent: ['fresh', 'finished', 'cancelled', 'failed'],
  evaluateStudent: ['fresh', 'finished', 'cancelled', 'failed'],
  evaluateCell: ['fresh', 'finished', 'cancelled'],
  evaluateShard: SHARD,
  evaluateTexts: TEXTS,
};

/** `runStudy.v1-failed-arm.json`: the type, the version that wrote it, the stage. */
export const fileOf = (type: string, version: string, stage: Stage): string => `${type}.${version}-${stage}.json`;

export function readFileName(file: string): { type: string; version: string; stage: string } {
  const [, type = file, version = '', stage = ''] = /^(\w+)\.([^-]+)-(.+)\.json$/.exec(file) ?? [];
  return { type, version, stage };
}
