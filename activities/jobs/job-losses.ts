/** Counts how often a job was lost without progress, so that a job that is killed again and again fails in the end. */
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/activity';
import { z } from 'zod';
import type { FailureType } from '../../contracts/failures.ts';
import { writeOutput } from '../shared/store.ts';

const MOST_LOSSES = 5;

const lossesSchema = z.object({ at: z.number(), times: z.number() });

export interface JobLoss {
  /** The job's folder. */
  readonly directory: string;
  /** How far the job was, such as the step of its last checkpoint; when this changes, the count starts again. */
  readonly at: number;
  readonly message: string;
  readonly type: FailureType;
}

/**
 * Always throws: a failure that is retried, or, after five losses without progress, one that is not. It cannot count
 * attempts of the activity instead, as each Ctrl-C and each restart of a worker begins a new attempt.
 */
export async function loseJob({ directory, at, message, type }: JobLoss): Promise<never> {
  const before = await readLosses(directory);
  const times = before?.at === at ? before.times + 1 : 1;
  await writeOutput(fileOf(directory), JSON.stringify({ at, times }));
  if (times < MOST_LOSSES) throw ApplicationFailure.retryable(message, type);
  await forgetLosses(directory);
  throw ApplicationFailure.nonRetryable(`${message}: ${times} times without getting further`, type);
}

export const forgetLosses = (directory: string): Promise<void> => rm(fileOf(directory), { force: true });

const fileOf = (directory: string): string => join(directory, 'losses.json');

async function readLosses(directory: string) {
  const text = await readFile(fileOf(directory), 'utf8').catch(() => undefined);
  return text === undefined ? undefined : lossesSchema.parse(JSON.parse(text));
}
