/** `etude cancel STUDY`: stops a study and returns when nothing of it runs any more, whether or not it was running. */
import { setTimeout as wait } from 'node:timers/promises';
import { ServiceError } from '@temporalio/client';
import { listOpenBatches } from '../../activities/ledger/batches/open-batches.ts';
import { drainCalls } from '../../activities/ledger/drain-calls.ts';
import { cancelStudy as markCancelled, findStudy } from '../../activities/ledger/studies.ts';
import { UserError } from '../../contracts/failures.ts';
import { isLocked } from '../../infra/home/lock-home.ts';
import { withStudy, type OpenStudy } from '../home/with-study.ts';
import { findRunning } from '../running/running-study.ts';
import { withServer } from '../running/send-message.ts';
import type { Terminal } from '../terminal/terminal.ts';

interface Options {
  readonly home?: string;
}

/** How long to wait for requests in flight; those that have not ended by then are dropped and count as paid. */
const DRAIN_MS = 20_000;
/** How long to wait for a Temporal server that is being restarted. */
const SERVER_MS = 60_000;
const POLL_MS = 200;

/** Stops a study and returns when nothing of it runs any more. All replies and checkpoints are kept. */
export async function cancelStudy(name: string, { home }: Options, terminal: Terminal): Promise<void> {
  const { state, batches } = await withStudy(name, home, async (open) => {
    if (open.study.state === 'finished')
      throw new UserError(`Study ${name} is finished.`, 'There is nothing left to cancel.');
    // Marked first, so that no worker continues it and nothing more is sent.
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
    terminal.say(`Study ${name} is cancelled; what is done is kept. Continue it with its \`./etude start\` command.`);
    if (batches > 0)
      terminal.say(
        `${batches} of its batches may still be at a provider and cost money: \`./etude status ${name}\` lists them, its \`./etude start\` command continues with them.`,
      );
  });
}

/** Waits for the requests that were in flight when the study was cancelled; later ones are of other studies. */
async function drain({ home, ledger }: OpenStudy): Promise<void> {
  const until = performance.now() + DRAIN_MS;
  await drainCalls(ledger, { wanted: () => isLocked(home) && performance.now() < until });
}

/** Cancels the study's workflow and waits for its end. Waits a while for a server that is being restarted, if there is one. */
async function endWorkflow({ home, study: { name } }: OpenStudy): Promise<void> {
  const until = performance.now() + SERVER_MS;
  while (isLocked(home) && performance.now() < until) {
    const reached = await withServer(home, async (client) => {
      if (!(await findRunning(client, name, home.id))) return true;
      const workflow = client.workflow.getHandle(name);
      await workflow.cancel();
      // A `ServiceError` means that the server is gone, as the start command ends with its study: check again.
      const ended = await workflow.result().catch((error: unknown) => error);
      return ended instanceof ServiceError ? undefined : true;
    });
    if (reached) return;
    await wait(POLL_MS);
  }
}
