/** Activities for student servers: one runs a server and registers its address, one waits until a student can be asked. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ApplicationFailure, cancellationSignal, heartbeat } from '@temporalio/activity';
import type { AwaitServedInput, ServedResult, ServeInput } from '../../contracts/activities.ts';
import { FAILURES } from '../../contracts/failures.ts';
import { tunedPath } from '../../contracts/ids.ts';
import type { Plan, TunedStudent } from '../../contracts/plan.ts';
import { sha256 } from '../../domain/basics/hash.ts';
import { studentOf } from '../../domain/requests/requests.ts';
import { nextPollDelay } from '../../domain/run/poll-delay.ts';
import type { Endpoint, JobBackend, JobState } from '../../infra/jobs/backend.ts';
import { SERVER_MISTAKEN, serveCommand, type ServeCommandInput } from '../../infra/jobs/commands.ts';
import { isAnyAsked } from '../ledger/arms/amendments.ts';
import { endLease, findServer, leaseServer } from '../ledger/arms/checkpoints.ts';
import { loadPlan, type ActivityContext } from '../shared/activity-context.ts';
import { heartbeatWhile } from '../shared/heartbeat-while.ts';
import { digestOf, trainingKeyOf } from './checkpoint-digests.ts';
import { forgetLosses, loseJob } from './job-losses.ts';
import { followJob } from './run-job.ts';

const PORT_FILE = 'port';
const LEASE_MS = 15_000;
const PROBE_MS = 5_000;
/** A server that has answered for this long works: its earlier losses no longer count. */
const PROVEN_MS = 60_000;
/** The longer an evaluation has waited, the less often it reads the ledger, which all workers share. */
const POLL = { shortest: 250, longest: 5_000, share: 0.1 };

export function makeServingActivities(context: ActivityContext, backend: JobBackend) {
  const db = context.ledger.tables;

  /**
   * Runs a student's server until it is cancelled. Idempotency key: plan and tuned student; a retry attaches to the running
   * server. Students with equal checkpoints each get a server of their own, because each activity ends its own; requests
   * may go to any of them, since the address is registered under the checkpoint's digest.
   */
  async function serveStudent({ plan: hash, tuned }: ServeInput): Promise<ServedResult> {
    const plan = await loadPlan(context, hash);
    // A new process must first read the student's whole training corpus, which can take minutes.
    const digest = await heartbeatWhile(() => digestOf(context, plan, hash, tuned));
    const job = `serve/${hash}/${tunedPath(tuned)}`;
    const directory = join(context.jobs, `serve-${sha256(job).slice(0, 16)}`);
    await mkdir(directory, { recursive: true });
    const model = await modelOf(context, plan, tuned);
    const command = serveCommand(backend.place, { ...model, name: digest, portFile: join(directory, PORT_FILE) });
    const ref = await backend.submit({ key: job, directory, portFile: PORT_FILE, ...command });
    let url: string | undefined;
    const started = performance.now();
    try {
      return await followJob(backend, ref, async (state) => {
        await requireRunning(state, directory);
        if (state.state === 'running' && state.endpoint) url = urlOf(state.endpoint);
        if (url && (await isHealthy(url))) {
          await leaseServer(db, digest, url, LEASE_MS);
          if (performance.now() - started > PROVEN_MS) await forgetLosses(directory);
        }
        return { details: { url } };
      });
    } finally {
      if (url) await endLease(db, digest, url);
    }
  }

  /** Returns once the student answers, or a person has skipped all its cells; sends heartbeats while it waits. */
  async function awaitServed({ plan: hash, tuned, cells }: AwaitServedInput): Promise<ServedResult> {
    const digest = await digestOf(context, await loadPlan(context, hash), hash, tuned);
    const started = performance.now();
    while (!(await findServer(db, digest)) && (await isAnyAsked(db, hash, cells))) {
      heartbeat();
      await wait(nextPollDelay(performance.now() - started, POLL), undefined, { signal: cancellationSignal() });
    }
    return { digest };
  }

  return { serveStudent, awaitServed };
}

/** The model to serve and its device: bases of the lab run on the CPU, so that replies are the same with or without a GPU. */
async function modelOf(
  context: ActivityContext,
  plan: Plan,
  tuned: TunedStudent,
): Promise<Pick<ServeCommandInput, 'model' | 'device'>> {
  const { base } = studentOf(plan, tuned.student);
  const device = base.from === 'pretrain' ? 'cpu' : 'auto';
  const key = await trainingKeyOf(context, plan, tuned);
  if (key !== undefined) return { model: { path: join(context.jobs, key, 'model') }, device };
  if (base.from === 'hub') return { model: { hub: base.name, revision: base.revision }, device };
  throw ApplicationFailure.nonRetryable(`student ${tuned.student} has no model`, FAILURES.serving);
}

async function requireRunning(state: JobState, directory: string): Promise<void> {
  if (state.state === 'running' || state.state === 'queued') return;
  const why = 'reason' in state ? `: ${state.reason.slice(-800)}` : '';
  if (state.state === 'failed' && state.exitCode === SERVER_MISTAKEN)
    throw ApplicationFailure.nonRetryable(
      `The student cannot be served: ${state.reason.slice(-1500)}`,
      FAILURES.serving,
    );
  const message = `The student's server ended (${state.state})${why}`;
  // Somebody stopped the server, or the home's owner ended. That does not count as a loss: try again.
  if (state.state === 'cancelled') throw ApplicationFailure.retryable(message, FAILURES.serving);
  await loseJob({ directory, at: 0, message, type: FAILURES.serving });
}

const urlOf = ({ host, port }: Endpoint): string => `http://${host}:${port}`;

async function isHealthy(url: string): Promise<boolean> {
  return fetch(`${url}/health`, { signal: AbortSignal.timeout(PROBE_MS) }).then(
    (answer) => answer.ok,
    () => false,
  );
}
