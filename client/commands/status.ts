/** `etude status [STUDY]`: shows progress, cost and waits of the studies of a home, from the ledger; needs no server. */
import { existsSync } from 'node:fs';
import { listAmendments } from '../../activities/ledger/arms/amendments.ts';
import { listFailedArms } from '../../activities/ledger/arms/checkpoints.ts';
import { listOpenBatches, type OpenBatch } from '../../activities/ledger/batches/open-batches.ts';
import { listNotices } from '../../activities/ledger/faults.ts';
import { budgetOf, isPaused } from '../../activities/ledger/gates.ts';
import { listWaits, type Wait } from '../../activities/ledger/holds.ts';
import type { Ledger } from '../../activities/ledger/ledger.ts';
import { listPayments } from '../../activities/ledger/payments.ts';
import { listStuck, type Stuck } from '../../activities/ledger/retries.ts';
import { countRecordedCalls, listStudies, type KnownStudy } from '../../activities/ledger/studies.ts';
import { loadPlan } from '../../activities/shared/activity-context.ts';
import { Store } from '../../activities/shared/store.ts';
import { UserError } from '../../contracts/failures.ts';
import type { Gap } from '../../contracts/outputs/gaps.ts';
import type { PaymentRow } from '../../contracts/payments.ts';
import type { Amendment, FailedArmRecord } from '../../contracts/results.ts';
import { tabulatePayments } from '../../domain/money/payments.ts';
import { modelName, toUsd } from '../../domain/money/spending.ts';
import { expectedCalls } from '../../domain/plan/estimate.ts';
import { isLocked } from '../../infra/home/lock-home.ts';
import { findHome, resolveHomeDirectory, type Home } from '../../infra/home/open-home.ts';
import { readGaps } from '../home/read-gaps.ts';
import { unknownStudy, withLedger } from '../home/with-study.ts';
import { countDone } from '../running/count-done.ts';
import { describeStuck } from '../running/describe-stuck.ts';
import { describeWait } from '../running/describe-wait.ts';
import { describeFailedArms } from '../running/failed-arms.ts';
import { describeGaps } from '../terminal/describe-gaps.ts';
import { describeBudget, describePayment, type Budget } from '../terminal/describe-payments.ts';
import { DOES_NOT_RUN, FINISHED_WITH_GAPS, RUNS, WAITS_FOR_A_PERSON } from '../terminal/exit-codes.ts';
import type { Terminal } from '../terminal/terminal.ts';

interface StudyStatus extends Budget {
  readonly study: string;
  readonly plan: string;
  /** `stopped`: no command runs it now; `cancelled`: a person stopped it. Its start command continues either. */
  readonly state: 'running' | 'paused' | 'stopped' | 'cancelled' | 'finished';
  /** What it paid, by phase and model. */
  readonly payments: readonly PaymentRow[];
  /** What waits for a person now. */
  readonly waiting: readonly Wait[];
  /** What fails again and again, and is tried again by itself. */
  readonly stuck: readonly Stuck[];
  /** What a person should know; nothing waits for it. */
  readonly notices: readonly string[];
  /** Batches that providers have now, or that are about to be submitted. */
  readonly batches: readonly BatchStatus[];
  /** Calls of the shards that are done. */
  readonly recordedCalls: number;
  /** Calls that are certainly done, also in open shards. */
  readonly doneCalls: number;
  /** About how many there will be. */
  readonly expectedCalls: number | null;
  readonly failedArms: readonly FailedArmRecord[];
  /** What a finished study lacks; null while that is not known. */
  readonly gaps: readonly Gap[] | null;
  readonly amendments: readonly Amendment[];
  /** The reason why its plan cannot be read; null if it can. */
  readonly damage: string | null;
}

interface BatchStatus {
  readonly provider: string;
  readonly model: string;
  readonly items: number;
  readonly since: string;
  /** `unresolved`: its submission was cut off, and it is not known yet whether the provider has it. */
  readonly state: 'collecting' | 'not submitted' | 'unresolved' | 'submitted' | 'cancelling';
  /** How many of its requests the provider says are done. */
  readonly done: number;
  /** Why it is not submitted yet; null where nothing keeps it from that. */
  readonly waits: string | null;
}

export interface StatusOptions {
  readonly home?: string;
  readonly exitCode?: boolean;
}

export async function showStatus(name: string | undefined, options: StatusOptions, terminal: Terminal): Promise<void> {
  if (options.exitCode && name === undefined)
    throw new UserError(
      '--exit-code is about one study, and none was named.',
      'Write `./etude status STUDY --exit-code`.',
    );
  const directory = resolveHomeDirectory(options.home);
  const home = findHome(directory);
  if (!home && !existsSync(directory))
    throw new UserError(`There is no folder ${directory}.`, 'Check --home and ETUDE_HOME.');
  const studies = (home && (await withLedger(home, (ledger) => readStatus(home, ledger)))) ?? [];
  const shown = studies.filter(({ study }) => name === undefined || study === name);
  if (name !== undefined && shown.length === 0)
    throw unknownStudy(
      name,
      studies.map(({ study }) => study),
    );
  terminal.finish({ home: directory, studies: shown }, () => {
    if (shown.length === 0) terminal.say('No studies yet. Start one: `./etude start studies/lab.yaml`.');
    for (const study of shown) sayStudy(study, terminal);
  });
  const [only] = shown;
  if (options.exitCode && only) process.exitCode = exitCodeOf(only);
}

function exitCodeOf({ state, waiting, gaps }: StudyStatus): number {
  // Without its list of gaps nobody knows whether it has any.
  if (state === 'finished') return gaps?.length === 0 ? 0 : FINISHED_WITH_GAPS;
  if (state !== 'running') return DOES_NOT_RUN;
  return waiting.length > 0 ? WAITS_FOR_A_PERSON : RUNS;
}

function sayStudy(status: StudyStatus, terminal: Terminal): void {
  const { study, state, plan, failedArms, amendments, payments, waiting, batches, damage, gaps } = status;
  terminal.say(`${study}  ${state}  ${shareOf(status)}  ${describeCalls(status)}  plan ${plan.slice(0, 12)}`);
  if (damage !== null) terminal.say(`  DAMAGED  ${damage}`);
  if (state === 'stopped') terminal.say('  Not running. Continue it with `./etude start FILE`.');
  if (state === 'cancelled') terminal.say('  Cancelled. Continue it with `./etude start FILE`.');
  if (state === 'paused') terminal.say(`  Paused. Continue it with \`./etude resume ${study}\`.`);
  if (status.spentUsd > 0 || status.capUsd !== null) terminal.say(`  ${describeBudget(status)}`);
  for (const payment of payments) terminal.say(`  ${describePayment(payment)}`);
  for (const wait of waiting) terminal.say(`  ${describeWait(wait)}`);
  for (const one of status.stuck) terminal.say(`  ${describeStuck(one)}`);
  for (const notice of status.notices) terminal.say(`  note: ${notice}`);
  for (const batch of batches) terminal.say(`  ${describeBatch(batch)}`);
  if (state === 'cancelled' && batches.length > 0)
    terminal.say(
      '  These batches could not be ended and may cost money. Its `./etude start` command continues with them.',
    );
  // The gaps of a finished study name its failed arms too.
  const missing = gaps === null ? describeFailedArms(failedArms) : describeGaps(study, gaps);
  for (const line of missing) terminal.say(`  ${line}`);
  for (const { cell, why } of amendments) terminal.say(`  SKIPPED  ${cell}, what it lacks is missing: ${why}`);
}

function describeBatch({ items, state, done, waits, since, ...batch }: BatchStatus): string {
  const lines = done > 0 ? `, ${done.toLocaleString('en')} done` : '';
  const why = waits === null ? '' : `: ${waits}`;
  return `batch of ${items.toLocaleString('en')} to ${modelName(batch)}, ${state}${lines}, since ${since}${why}`;
}

function shareOf({ state, doneCalls, expectedCalls }: StudyStatus): string {
  if (state === 'finished') return '100 %';
  return expectedCalls === null ? '? %' : `${Math.min(99, Math.floor((100 * doneCalls) / expectedCalls))} %`;
}

function describeCalls({ state, doneCalls, expectedCalls }: StudyStatus): string {
  const done = doneCalls.toLocaleString('en');
  if (state === 'finished' || expectedCalls === null) return `${done} calls`;
  return `${done} of about ${expectedCalls.toLocaleString('en')} calls`;
}

async function readStatus(home: Home, ledger: Ledger): Promise<StudyStatus[]> {
  const busy = isLocked(home);
  const studies: StudyStatus[] = [];
  for (const study of await listStudies(ledger.tables)) studies.push(await statusOf(home, ledger, study, busy));
  return studies;
}

async function statusOf(home: Home, { tables }: Ledger, known: KnownStudy, busy: boolean): Promise<StudyStatus> {
  const paused = await isPaused(tables, known.plan);
  return {
    study: known.name,
    plan: known.plan,
    state: known.state !== 'running' ? known.state : paused ? 'paused' : busy ? 'running' : 'stopped',
    ...(await readBudget(tables, known)),
    payments: tabulatePayments(await listPayments(tables, known.plan)),
    waiting: await listWaits(tables, known),
    stuck: known.state === 'running' ? await listStuck(tables, known.name) : [],
    notices: await listNotices(tables, known.plan),
    batches: (await listOpenBatches(tables, known.plan)).map(toBatchStatus),
    recordedCalls: await countRecordedCalls(tables, known.name),
    doneCalls: await countDone(tables, known),
    ...(await readExpected(home, known)),
    failedArms: await listFailedArms(tables, known.plan),
    amendments: await listAmendments(tables, known.plan),
    gaps: known.state === 'finished' ? ((await readGaps(home, known)) ?? null) : null,
  };
}

async function readBudget(tables: Ledger['tables'], { plan, runtime }: KnownStudy): Promise<Budget> {
  const { spent, reserved } = await budgetOf(tables, plan);
  return {
    spentUsd: toUsd(BigInt(spent)),
    reservedUsd: toUsd(BigInt(reserved)),
    capUsd: runtime.limits.usd ?? null,
  };
}

const toBatchStatus = ({ provider, model, items, done, waits, created, ...batch }: OpenBatch): BatchStatus => ({
  provider,
  model,
  items,
  done,
  waits,
  since: new Date(created).toISOString(),
  state: stateOfBatch(batch),
});

function stateOfBatch({
  submitted,
  sending,
  state,
  collecting,
}: Pick<OpenBatch, 'submitted' | 'sending' | 'state' | 'collecting'>) {
  if (state === 'cancelling') return state;
  if (submitted !== null) return 'submitted';
  if (sending !== null) return 'unresolved';
  return collecting ? 'collecting' : 'not submitted';
}

/** Expected calls by the plan. An unreadable plan is shown as damage, so that `status` still shows the other studies. */
async function readExpected(home: Home, { plan }: KnownStudy): Promise<Pick<StudyStatus, 'expectedCalls' | 'damage'>> {
  try {
    return { expectedCalls: expectedCalls(await loadPlan({ store: new Store(home.store) }, plan)), damage: null };
  } catch (error) {
    return { expectedCalls: null, damage: error instanceof Error ? error.message : String(error) };
  }
}
