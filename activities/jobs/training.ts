/** Activities that train: submit a job under its training key, follow it, record the checkpoint; a retry resumes. */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/activity';
import type { FailArmInput, TrainBaseInput, TrainResult, TuneStudentInput } from '../../contracts/activities.ts';
import { asArmFailure, FAILURES } from '../../contracts/failures.ts';
import { trainingResultSchema, type TrainingEvent, type TrainingResult } from '../../contracts/training.ts';
import { HeldOutError } from '../../domain/corpus/certificate.ts';
import { MIX_FILE } from '../../domain/corpus/mix-source.ts';
import type { JobBackend, JobRef, JobState } from '../../infra/jobs/backend.ts';
import { trainCommand } from '../../infra/jobs/commands.ts';
import { findCheckpoint, recordCheckpoint, recordFailedArm } from '../ledger/arms/checkpoints.ts';
import { loadPlan, type ActivityContext } from '../shared/activity-context.ts';
import { heartbeatWhile } from '../shared/heartbeat-while.ts';
import { writeOutput } from '../shared/store.ts';
import { prepareBase, prepareTuning, type PreparedJob } from './checkpoint-digests.ts';
import { loseJob } from './job-losses.ts';
import { followJob } from './run-job.ts';

export function makeTrainingActivities(context: ActivityContext, backend: JobBackend) {
  /** Trains the base of a student. Idempotency key: the training key. Heartbeats carry the trainer's last event. */
  async function trainBase({ plan: hash, student }: TrainBaseInput): Promise<TrainResult> {
    const prepared = prepareBase(await loadPlan(context, hash), student);
    if (!prepared) throw ApplicationFailure.nonRetryable(`student ${student} has a downloaded base`, FAILURES.plan);
    return train(context, backend, prepared);
  }

  /** Builds the certified training file of an arm and fine-tunes the student on it. */
  async function tuneStudent({ plan: hash, ...tuned }: TuneStudentInput): Promise<TrainResult> {
    const plan = await loadPlan(context, hash);
    try {
      // Reading the corpus and applying keep rule and dedupe can take minutes.
      const prepared = await heartbeatWhile(() => prepareTuning(context, plan, tuned));
      return await train(context, backend, prepared);
    } catch (error) {
      if (error instanceof HeldOutError) throw ApplicationFailure.nonRetryable(error.message, FAILURES.heldOut);
      throw error;
    }
  }

  /** Records why an arm failed; its open items become missing, and the study continues (invariant 8). */
  async function failArm({ plan: hash, failure, reason: details, ...tuned }: FailArmInput): Promise<void> {
    await recordFailedArm(context.ledger.tables, hash, { ...tuned, failure: asArmFailure(failure), details });
  }

  return { trainBase, tuneStudent, failArm };
}

async function train(context: ActivityContext, backend: JobBackend, prepared: PreparedJob): Promise<TrainResult> {
  const { key } = prepared.job;
  const known = await findCheckpoint(context.ledger.tables, key);
  if (known) return { digest: known.digest };
  const directory = join(context.jobs, key);
  await mkdir(directory, { recursive: true });
  await writeOutput(join(directory, prepared.job.data.path), prepared.content);
  const { mix } = prepared;
  if (mix) await heartbeatWhile(() => context.store.copyTo(mix, join(directory, MIX_FILE)));
  await writeOutput(join(directory, 'job.json'), `${JSON.stringify(prepared.job, null, 2)}\n`);
  const ref = await backend.submit({ key, directory, ...trainCommand(backend.place, { directory }) });
  const result = await followJob(backend, ref, (state) => look(backend, ref, directory, state));
  await recordCheckpoint(context.ledger.tables, key, { digest: result.digest, directory, details: result });
  return { digest: result.digest };
}

async function look(
  backend: JobBackend,
  ref: JobRef,
  directory: string,
  state: JobState,
): Promise<{ done: TrainingResult } | { details: unknown }> {
  switch (state.state) {
    case 'succeeded':
      return { done: trainingResultSchema.parse(JSON.parse(await readFile(join(directory, 'result.json'), 'utf8'))) };
    case 'failed': {
      const event = await lastEvent(directory);
      const said = event?.event === 'failed' ? event.message : await backend.logs(ref, { tail: 5 });
      throw ApplicationFailure.nonRetryable(
        `The training failed (exit ${state.exitCode}): ${said.slice(0, 1500)}`,
        FAILURES.training,
      );
    }
    case 'lost':
      // Retried: the next attempt submits again and resumes from the last whole checkpoint.
      return loseJob({
        directory,
        at: await lastCheckpoint(directory),
        message: `The training was lost. ${state.reason}`,
        type: FAILURES.training,
      });
    case 'cancelled':
      throw ApplicationFailure.retryable('The training job was cancelled', FAILURES.training);
    case 'queued':
      return { details: state.reason === undefined ? await lastEvent(directory) : { queued: state.reason } };
    case 'running':
      return { details: await lastEvent(directory) };
  }
}

async function lastEvent(directory: string): Promise<TrainingEvent | undefined> {
  return (await readEvents(directory)).at(-1);
}

async function lastCheckpoint(directory: string): Promise<number> {
  const saved = (await readEvents(directory)).findLast(({ event }) => event === 'checkpoint');
  return saved?.event === 'checkpoint' ? saved.step : 0;
}

async function readEvents(directory: string): Promise<TrainingEvent[]> {
  const text = await readFile(join(directory, 'metrics.jsonl'), 'utf8').catch(() => '');
  return text.split('\n').flatMap((line) => {
    try {
      return [JSON.parse(line) as TrainingEvent];
    } catch {
      // An empty last line, or one that was cut by a kill or is just being written.
      return [];
    }
  });
}
