/** `etude status [STUDY]`: how far the studies of a home are, read from the ledger; needs no server. */
import { existsSync } from 'node:fs';
import { loadPlan } from '../../activities/activity-context.ts';
import { listFailedArms } from '../../activities/ledger/checkpoints.ts';
import { budgetOf, isPaused } from '../../activities/ledger/gates.ts';
import { listWaits, type Wait } from '../../activities/ledger/holds.ts';
import { Ledger } from '../../activities/ledger/ledger.ts';
import { openLedger } from '../../activities/ledger/open-ledger.ts';
import { Store } from '../../activities/store.ts';
import { countSettled, listStudies, type KnownStudy } from '../../activities/studies.ts';
import type { FailedArm } from '../../contracts/results.ts';
import { expectedCalls } from '../../domain/estimate.ts';
import { toUsd } from '../../domain/spending.ts';
import { isLocked } from '../../infra/home/lock-home.ts';
import { openHome, resolveHomeDirectory, type Home } from '../../infra/home/open-home.ts';
import { describeWait } from '../describe-wait.ts';
import { describeFailedArms } from '../failed-arms.ts';
import type { Terminal } from '../terminal.ts';
import { unknownStudy } from './report.ts';

interface StudyStatus {
  readonly study: string;
  readonly plan: string;
  /** `stopped`: nobody works on it now; the start command goes on. */
  readonly state: 'running' | 'paused' | 'stopped' | 'finished';
  readonly spentUsd: number;
  /** What waits for a person now. */
  readonly waiting: readonly Wait[];
  /** Calls of the shards that are done, and about how many there will be. */
  readonly settledCalls: number;
  readonly expectedCalls: number;
  readonly failedArms: readonly FailedArm[];
}

export async function showStatus(name: string, options: { home?: string }, terminal: Terminal): Promise<void> {
  const home = openHome(resolveHomeDirectory(options.home));
  const studies = existsSync(home.ledger) ? await readStatus(home) : [];
  const shown = studies.filter(({ study }) => name === '' || study === name);
  if (name !== '' && shown.length === 0)
    throw unknownStudy(
      name,
      studies.map(({ study }) => study),
    );
  terminal.finish({ home: home.directory, studies: shown }, () => {
    if (shown.length === 0) terminal.say('No studies yet. Start one: `./etude start studies/lab.yaml`.');
    for (const study of shown) sayStudy(study, terminal);
  });
}

function sayStudy(
  { study, state, plan, settledCalls, expectedCalls, failedArms, spentUsd, waiting }: StudyStatus,
  terminal: Terminal,
): void {
  const share = state === 'finished' ? 100 : Math.min(99, Math.floor((100 * settledCalls) / expectedCalls));
  terminal.say(
    `${study}  ${state}  ${share} %  ${settledCalls.toLocaleString('en')} calls in finished shards  plan ${plan.slice(0, 12)}`,
  );
  if (state === 'stopped') terminal.say('  Nobody works on it now; its `./etude start` command goes on.');
  if (state === 'paused') terminal.say(`  Paused: \`./etude resume ${study}\` goes on.`);
  if (spentUsd > 0) terminal.say(`  $${spentUsd.toFixed(2)} spent under its cap.`);
  for (const wait of waiting) terminal.say(`  ${describeWait(wait)}`);
  for (const line of describeFailedArms(failedArms)) terminal.say(`  ${line}`);
}

async function readStatus(home: Home): Promise<StudyStatus[]> {
  const ledger = new Ledger(await openLedger(home.ledger));
  try {
    const busy = isLocked(home);
    const studies: StudyStatus[] = [];
    for (const study of await listStudies(ledger.tables)) studies.push(await statusOf(home, ledger, study, busy));
    return studies;
  } finally {
    await ledger.close();
  }
}

async function statusOf(home: Home, ledger: Ledger, known: KnownStudy, busy: boolean): Promise<StudyStatus> {
  const plan = await loadPlan({ store: new Store(home.store) }, known.plan);
  const paused = await isPaused(ledger.tables, known.plan);
  return {
    study: known.name,
    plan: known.plan,
    state: known.state === 'finished' ? 'finished' : paused ? 'paused' : busy ? 'running' : 'stopped',
    spentUsd: toUsd(BigInt((await budgetOf(ledger.tables, known.plan)).spent)),
    waiting: await listWaits(ledger.tables, known),
    settledCalls: await countSettled(ledger.tables, known.name),
    expectedCalls: expectedCalls(plan),
    failedArms: await listFailedArms(ledger.tables, known.plan),
  };
}
