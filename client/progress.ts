/** How far a study is, how fast it goes, and how long it may still take. */
import type { Ledger } from '../activities/ledger/ledger.ts';
import { countSettled } from '../activities/studies.ts';
import { formatDuration } from './terminal.ts';

export interface ProgressInput {
  readonly ledger: Ledger;
  readonly study: string;
  /** Calls that the whole study is expected to need. */
  readonly expected: number;
}

/** The rate is that of the last half minute: phases differ. */
const RATE_WINDOW_MS = 30_000;

export async function startProgress({ ledger, study, expected }: ProgressInput) {
  const started = performance.now();
  const first = { kept: await countKept(ledger), settled: await countSettled(ledger.tables, study) };
  let looks = [{ at: started, done: first.settled }];

  /** Shards book their calls at their end, and those of other studies are in the ledger too: the larger gain is ours. */
  async function countDone(): Promise<number> {
    const sent = (await countKept(ledger)) - first.kept;
    const settled = (await countSettled(ledger.tables, study)) - first.settled;
    return Math.min(expected, first.settled + Math.max(sent, settled));
  }

  async function describe(): Promise<string> {
    const now = performance.now();
    const done = await countDone();
    looks = [...looks.filter(({ at }) => now - at <= RATE_WINDOW_MS), { at: now, done }];
    const [oldest] = looks;
    const rate = oldest && now > oldest.at ? ((done - oldest.done) * 1000) / (now - oldest.at) : 0;
    const average = (done - first.settled) / (now - started);
    const parts = [
      formatDuration(now - started),
      `${Math.min(99, Math.floor((100 * done) / expected))} %`,
      `${done.toLocaleString('en')} of about ${expected.toLocaleString('en')} calls`,
      `${rate < 10 ? rate.toFixed(1) : Math.round(rate)}/s`,
      ...(average > 0 ? [`about ${formatDuration((expected - done) / average)} left`] : []),
    ];
    return parts.join('  ');
  }

  return { describe };
}

async function countKept({ tables }: Ledger): Promise<number> {
  const count = await tables
    .selectFrom('calls')
    .select((select) => select.fn.countAll().as('calls'))
    .executeTakeFirst();
  return Number(count?.calls ?? 0);
}
