/** Waits for a study to end, and shows its progress meanwhile. */
import { setTimeout as wait } from 'node:timers/promises';
import { CancelledFailure, ServiceError, WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { listFailedArms } from '../../activities/ledger/arms/checkpoints.ts';
import { isPaused } from '../../activities/ledger/gates.ts';
import { listWaits } from '../../activities/ledger/holds.ts';
import { listStuck } from '../../activities/ledger/retries.ts';
import { findStudy } from '../../activities/ledger/studies.ts';
import { UserError } from '../../contracts/failures.ts';
import { expectedCalls } from '../../domain/plan/estimate.ts';
import { describeGap } from '../../domain/run/find-gaps.ts';
import type { runStudy } from '../../workflows/run-study.ts';
import { readGaps } from '../home/read-gaps.ts';
import type { PlannedStudy } from '../study-file/read-study.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { describeStuck } from './describe-stuck.ts';
import { describeWait } from './describe-wait.ts';
import { describeFailedArms } from './failed-arms.ts';
import { describeFullDisk, describeLittleSpace } from './full-disk.ts';
import type { HomeSession } from './home-session.ts';
import { NOTHING_SEEN, noticesBetween, PAUSED } from './notices.ts';
import { makeNotifier, type Notifier } from './notifier.ts';
import { listOpenPhases } from './open-phases.ts';
import { startProgress } from './progress.ts';

interface FollowInput {
  readonly session: HomeSession;
  readonly planned: PlannedStudy;
  readonly terminal: Terminal;
}

/** A terminal rewrites one line, so it may change often; a log file gets a new line each time. */
const LIVE_MS = 1_000;
const LOG_MS = 5_000;
const ASK_AGAIN_MS = 1_000;

/** Throws `UserError` when the study failed or was cancelled. */
export async function followStudy(handle: WorkflowHandle<typeof runStudy>, input: FollowInput): Promise<void> {
  const ended = new AbortController();
  const { over } = input.session;
  const result = awaitResult(handle, over).finally(() => ended.abort());
  result.catch(() => undefined);
  const { planned, terminal } = input;
  const { name } = planned.plan.science;
  const notifier = makeNotifier(planned.notify, terminal.say);
  try {
    await showProgress(input, notifier, AbortSignal.any([ended.signal, over]));
    await result;
    notifier.send({ study: name, event: 'finished', message: await describeEnd(input) });
  } catch (error) {
    const shown = asUserError(error, name);
    if (shown instanceof UserError) notifier.send({ study: name, event: 'ended', message: shown.message });
    throw shown;
  } finally {
    await notifier.close();
  }
}

/** Waits for the workflow's end. When the Temporal server does not answer it is being restarted, so this asks again. */
async function awaitResult(handle: WorkflowHandle<typeof runStudy>, over: AbortSignal): Promise<void> {
  for (;;) {
    try {
      await handle.result();
      return;
    } catch (error) {
      if (!(error instanceof ServiceError) || over.aborted) throw error;
      await wait(ASK_AGAIN_MS, undefined, { signal: over });
    }
  }
}

async function showProgress(
  { session, planned, terminal }: FollowInput,
  notifier: Notifier,
  signal: AbortSignal,
): Promise<void> {
  const { ledger, client } = session;
  const { name } = planned.plan.science;
  const progress = await startProgress({
    ledger,
    study: { name, plan: planned.hash },
    expected: expectedCalls(planned.plan),
  });
  let shown: ReadonlyMap<string, string> = new Map();
  let before = NOTHING_SEEN;
  while (!signal.aborted) {
    await wait(terminal.live ? LIVE_MS : LOG_MS, undefined, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    const open = await listOpenPhases(client, name).catch(() => 'waiting for the Temporal server');
    // Read again each time, because a person may have changed the cap.
    const known = await findStudy(ledger.tables, name);
    const waits = known ? await listWaits(ledger.tables, known) : [];
    const paused = await isPaused(ledger.tables, planned.hash);
    const waiting = new Map(waits.map((wait) => [wait.subject, describeWait(wait)]));
    if (paused) waiting.set(PAUSED, describePause(name));
    const now = await readState(session, planned.hash, waiting);
    for (const notice of noticesBetween(name, before, now)) notifier.send(notice);
    before = now;
    // Each reason is printed once in full; the progress line names only its subject, as it is cut at the terminal's width.
    const reasons = new Map(
      [...waiting].map(([subject, reason]) => [subject === PAUSED ? PAUSED : `${subject} waits`, reason]),
    );
    // The one that has failed for the longest stands for its kind; `status` shows all.
    for (const stuck of (await listStuck(ledger.tables, name)).reverse())
      reasons.set(`${stuck.type} fails`, describeStuck(stuck));
    const full = await describeFullDisk(session.home).catch(() => undefined);
    if (full !== undefined) reasons.set('disk full', full);
    for (const [stopped, reason] of reasons) if (!shown.has(stopped)) terminal.say(reason);
    shown = reasons;
    terminal.update([await progress.describe(), ...reasons.keys(), open].filter(Boolean).join('  '));
  }
}

/** What notices are made from; a disk that cannot be asked is no news. */
async function readState({ home, ledger }: HomeSession, plan: string, waiting: ReadonlyMap<string, string>) {
  return {
    waiting,
    failedArms: describeFailedArms(await listFailedArms(ledger.tables, plan)),
    disk: await describeLittleSpace(home).catch(() => undefined),
  };
}

/** The workflow has written what is missing before it ended. */
async function describeEnd({ session: { home }, planned: { plan, hash } }: FollowInput): Promise<string> {
  const { name } = plan.science;
  const gaps = (await readGaps(home, { name, plan: hash })) ?? [];
  if (gaps.length === 0) return `Study ${name} is finished, and nothing of it is missing.`;
  return `Study ${name} is finished with gaps: ${gaps.map(describeGap).join('; ')}`;
}

const describePause = (study: string): string => `paused by a person; continue with \`./etude resume ${study}\``;

function asUserError(error: unknown, study: string): unknown {
  if (!(error instanceof WorkflowFailedError)) return error;
  if (error.cause instanceof CancelledFailure)
    return new UserError(
      `Study ${study} was cancelled.`,
      'What is done is kept. Run the same command again to continue the study.',
      { cause: error },
    );
  const reasons: string[] = [];
  for (let at: unknown = error.cause; at instanceof Error; at = at.cause) reasons.push(at.message);
  return new UserError(
    `Study ${study} ended without results: ${reasons.join(': ')}.`,
    'Correct the cause and run the same command again: everything that was paid for is kept.',
    { cause: error },
  );
}
