/** `etude skip`, `redo` and `cancel`: what of a study is given up or tried again, whether somebody works on it or not. */
import { setTimeout as wait } from 'node:timers/promises';
import { ServiceError } from '@temporalio/client';
import { listOpenBatches } from '../../activities/ledger/batches.ts';
import { drainCalls } from '../../activities/ledger/drain-calls.ts';
import { cancelStudy, findStudy } from '../../activities/ledger/studies.ts';
import { amendCell, redoFailed } from '../../activities/operator/amend-study.ts';
import { UserError } from '../../contracts/failures.ts';
import { makeWorkflowPlan } from '../../domain/run/workflow-plan.ts';
import { isLocked } from '../../infra/home/lock-home.ts';
import * as messages from '../../workflows/messages.ts';
import { offlineContext } from '../home/offline-study.ts';
import { withStudy, type OpenStudy } from '../home/with-study.ts';
import { findRunning } from '../running/running-study.ts';
import { startWorkflow } from '../running/start-workflow.ts';
import { tellStudy, withServer } from '../running/tell-study.ts';
import { describeRedo } from '../terminal/describe-redo.ts';
import type { Terminal } from '../terminal/terminal.ts';

interface Options {
  readonly home?: string;
}

export async function skipCell(
  { study: name, cell }: { readonly study: string; readonly cell: string },
  { home, why, undo }: Options & { readonly why?: string; readonly undo: boolean },
  terminal: Terminal,
): Promise<void> {
  if (undo === (why !== undefined))
    throw new UserError(
      'To give a cell up takes a reason, which the results will name.',
      'Add `--why "..."`; or `--undo` to take a skip back.',
    );
  const input = { cell, ...(why === undefined ? {} : { why }) };
  const done = await tellStudy(name, home, {
    neverPastWorkflow: true,
    toWorkflow: (study) => study.executeUpdate(messages.skip, { args: [input] }),
    toLedger: (open) => amendCell(contextOf(open), { plan: open.study.plan, ...input }),
  });
  terminal.finish({ study: name, ...done }, () =>
    terminal.say(
      done.skipped
        ? `Cell ${done.cell} of study ${name} is given up: what it has counts, what it lacks is missing. \`--undo\` takes that back.`
        : `Cell ${done.cell} of study ${name} is asked again, before the study is analysed.`,
    ),
  );
}

export async function redoStudy(
  name: string,
  { home, cell }: Options & { readonly cell?: string },
  terminal: Terminal,
): Promise<void> {
  let running = true;
  const done = await tellStudy(name, home, {
    neverPastWorkflow: true,
    toWorkflow: (study) => study.executeUpdate(messages.redo, { args: [{ cell }] }),
    toLedger: async (open) => {
      const redone = await redoFailed(contextOf(open), { plan: open.study.plan, cell });
      running = await goOn(open);
      return redone;
    },
  });
  terminal.finish({ study: name, ...done, running }, () =>
    terminal.say(
      `Study ${name}: ${describeRedo(done)} set aside. ${
        running ? 'They are tried again before it is analysed.' : 'Its `./etude start` command tries them again.'
      }`,
    ),
  );
}

const contextOf = ({ home, ledger }: Pick<OpenStudy, 'home' | 'ledger'>) => offlineContext(home, ledger);

/** In a home that is at work on other studies, this one begins again beside them. */
async function goOn({ home, ledger, study, plan }: OpenStudy): Promise<boolean> {
  if (study.state === 'cancelled') return false;
  const input = { study: study.name, plan: study.plan, outline: makeWorkflowPlan(plan, home.id) };
  const started = await withServer(home, (client) => startWorkflow({ client, ledger, home }, input));
  return started !== undefined;
}

/** How long requests in flight may end by themselves; those that do not are given up, and count as paid. */
const DRAIN_MS = 20_000;
/** How long a server is waited for. */
const SERVER_MS = 60_000;
const LOOK_MS = 200;

/** Returns when nothing of the study is at work any more. What is done stays. */
export async function cancel(name: string, { home }: Options, terminal: Terminal): Promise<void> {
  const { state, batches } = await withStudy(name, home, async (open) => {
    if (open.study.state === 'finished')
      throw new UserError(`Study ${name} is finished.`, 'There is nothing left to cancel.');
    // First: nobody takes it up again, and nothing more is sent.
    await cancelStudy(open.ledger.tables, open.study.plan);
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
