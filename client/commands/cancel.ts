/** `etude cancel STUDY`: ends a study and everything of it, whether its home is at work or not. */
import { setTimeout as wait } from 'node:timers/promises';
import { ServiceError } from '@temporalio/client';
import { listOpenBatches } from '../../activities/ledger/batches.ts';
import { drainCalls } from '../../activities/ledger/drain-calls.ts';
import { cancelStudy as markCancelled, findStudy } from '../../activities/ledger/studies.ts';
import { UserError } from '../../contracts/failures.ts';
import { isLocked } from '../../infra/home/lock-home.ts';
import { withStudy, type OpenStudy } from '../home/with-study.ts';
import { findRunning } from '../running/running-study.ts';
import { withServer } from '../running/tell-study.ts';
import type { Terminal } from '../terminal/terminal.ts';

interface Options {
  readonly home?: string;
}

/** How long requests in flight may end by themselves; those that do not are given up, and count as paid. */
const DRAIN_MS = 20_000;
/** How long a server is waited for. */
const SERVER_MS = 60_000;
const LOOK_MS = 200;

/** Returns when nothing of the study is at work any more. What is done stays. */
export async function cancelStudy(name: string, { home }: Options, terminal: Terminal): Promise<void> {
  const { state, batches } = await withStudy(name, home, async (open) => {
    if (open.study.state === 'finished')
      throw new UserError(`Study ${name} is finished.`, 'There is nothing left to cancel.');
    // First: nobody takes it up again, and nothing more is sent.
    await markCancelled(open.ledger.tables, open.study.plan);
    await drain(open);
    await endWorkflow(open);
    const { tables } = open.ledger;
    const batches = await listOpenBatches(tables, open.study.plan);
    return { state: (await findStudy(tables, name))?.state, batches: batches.length };
  });
  if (state === 'finished')
    throw new UserError(`Study ${name} was finished before it could be cancelled.`, 'See its report.');
  terminal.finish({ study: name, state: 'cancelled', batches }, () => {
    terminal.say(`Study ${name} is cancelled; what is done is kept. Its \`./etude start\` command goes on with it.`);
    if (batches > 0)
      terminal.say(
        `${batches} of its batches may still be at a provider, which bills what it does: \`./etude status ${name}\` lists them, its \`./etude start\` takes them up.`,
      );
  });
}

/** Only what was in flight when the study was cancelled may still be its own. */
async function drain({ home, ledger }: OpenStudy): Promise<void> {
  const until = performance.now() + DRAIN_MS;
  await drainCalls(ledger, { wanted: () => isLocked(home) && performance.now() < until });
}

/** A server that is being started again is waited for; a home that only something else works on has none. */
async function endWorkflow({ home, study: { name } }: OpenStudy): Promise<void> {
  const until = performance.now() + SERVER_MS;
  while (isLocked(home) && performance.now() < until) {
    const reached = await withServer(home, async (client) => {
      if (!(await findRunning(client, name, home.id))) return true;
      const workflow = client.workflow.getHandle(name);
      await workflow.cancel();
      // The study's own start command ends with it, and the server with that: nothing is left then either.
      const ended = await workflow.result().catch((error: unknown) => error);
      return ended instanceof ServiceError ? undefined : true;
    });
    if (reached) return;
    await wait(LOOK_MS);
  }
}
