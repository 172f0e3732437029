/** Batch activities against the lab's servers: every request that reached them is in the log. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ApplicationFailure } from '@temporalio/activity';
import { makeBatchActivities } from '../../activities/batches/batch-activities.ts';
import { saveStudy } from '../../activities/ledger/studies.ts';
import type { BatchItem, BatchProvider } from '../../activities/providers/batch-provider.ts';
import type { ActivityContext } from '../../activities/shared/activity-context.ts';
import type { ComposedRange } from '../../contracts/activities.ts';
import type { Runtime } from '../../contracts/plan.ts';
import type { Study } from '../../contracts/study.ts';
import type { Clock } from '../../infra/processes/clock.ts';
import type { RequestRecord } from '../../lab/servers/request-log.ts';
import { ActivityEnvironment } from './activity-environment.ts';
import { smallStudy, storePlan } from './small-study.ts';
import { asActivity, openContext } from './test-home.ts';

export const PRICES = {
  'lab-openai/lab-teacher': { input: 1000, output: 1000 },
  'lab-openai/lab-strict': { input: 1000, output: 1000 },
  'lab-anthropic/lab-lenient': { input: 1000, output: 1000, batch: 0.25 },
};

/** The small study with every role asked by batch. `seed` makes requests that no other test has sent. */
export function batchStudy(seed: number, given: object = {}): Study {
  const { teacher, keepGrader, graders } = smallStudy();
  const mode = 'batch';
  return smallStudy({
    seed,
    teacher: { ...teacher, mode },
    keepGrader: { ...keepGrader, mode },
    graders: graders.map((grader) => ({ ...grader, mode })),
    prices: PRICES,
    ...given,
  });
}

/** Long enough for whatever a test asks for together. */
const QUIET_MS = 100;

export interface Shard {
  readonly context: ActivityContext;
  readonly hash: string;
  readonly texts: ComposedRange;
  readonly write: () => Promise<void>;
  readonly grade: () => Promise<void>;
}

/** The first texts of k = 2 of a study, in a home of its own or a worker of a home that is open. */
export async function openShard(
  folder: string,
  study: Study,
  {
    lab,
    usd,
    texts = 4,
    rates = {},
    quiet = QUIET_MS,
    clock,
  }: {
    lab: ActivityContext['lab'];
    usd?: number;
    texts?: number;
    rates?: Rates;
    quiet?: number;
    clock?: Clock;
  },
): Promise<Shard> {
  const context = await openContext(folder, { lab, batchQuiet: quiet, ...(clock && { clock }) });
  const { hash } = await storePlan(context, study);
  await limit(context, hash, usd, rates);
  const range: ComposedRange = { kind: 'compose', plan: hash, list: 1, from: 0, to: texts };
  const { writeBatch, gradeBatch } = makeBatchActivities(context);
  return {
    context,
    hash,
    texts: range,
    write: () => writeBatch({ texts: range }),
    grade: () => gradeBatch({ texts: range, grader: 'keep' }),
  };
}

type Rates = Runtime['rates'];

export const limit = ({ ledger }: ActivityContext, plan: string, usd?: number, rates: Rates = {}): Promise<void> =>
  saveStudy(ledger.tables, {
    name: plan,
    plan,
    state: 'running',
    runtime: {
      limits: usd === undefined ? {} : { usd },
      rates,
      cluster: { backend: 'local', trainings: 1, servers: 1 },
    },
  });

/** As Temporal does: tries again what failed for now. `letGo`: what a person does meanwhile. */
export async function untilHome(work: () => Promise<void>, letGo?: () => Promise<void>): Promise<void> {
  for (;;) {
    const failure = await asActivity(work).then(
      () => undefined,
      (error: unknown) => error,
    );
    if (failure === undefined) return;
    if (!(failure instanceof ApplicationFailure) || failure.nonRetryable) throw failure;
    await letGo?.();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** An activity that a test can cancel. */
export function cancellable(work: () => Promise<void>) {
  const environment = new ActivityEnvironment();
  return { cancel: environment.cancel, ended: environment.run(work) };
}

export class LabLog {
  readonly file: string;
  constructor(folder: string) {
    this.file = join(folder, 'requests.jsonl');
  }

  #records(): RequestRecord[] {
    const lines = (existsSync(this.file) ? readFileSync(this.file, 'utf8') : '').trim().split('\n');
    return lines.flatMap((line) => (line === '' ? [] : [JSON.parse(line) as RequestRecord]));
  }

  /** How often each key was answered in a batch. */
  answers(): Map<string, number> {
    const counts = new Map<string, number>();
    for (const { customId, outcome } of this.#records())
      if (customId !== undefined && outcome === 'reply') counts.set(customId, (counts.get(customId) ?? 0) + 1);
    return counts;
  }

  /** Batches that the lab accepted. */
  submissions(): number {
    return this.#records().filter(({ batch, customId }) => batch !== undefined && customId === undefined).length;
  }

  outcomes(named: string): number {
    return this.#records().filter(({ outcome }) => outcome === named).length;
  }

  overloaded(): number {
    return this.#records().filter(({ outcome }) => outcome === 'overloaded').length;
  }

  singles(): number {
    return this.#records().filter(({ batch, outcome }) => batch === undefined && outcome === 'reply').length;
  }
}

/** What a home has been told, by key. */
export async function repliesOf({ ledger }: ActivityContext): Promise<Map<string, string>> {
  const rows = await ledger.tables.selectFrom('calls').select(['key', 'end', 'text']).execute();
  return new Map(rows.map(({ key, end, text }) => [key, `${end}: ${text}`]));
}

/** Submits a batch as the activities do, from memory. */
export function submit(
  provider: BatchProvider,
  intent: string,
  items: readonly BatchItem[],
  signal: AbortSignal = new AbortController().signal,
): Promise<string> {
  const { open, line, between, close } = provider.format;
  const body = new Blob([`${open}${items.map(line).join(between)}${close}`]);
  return provider.submit({ intent, body, transfer: 0, onSending: () => Promise.resolve() }, signal);
}
