/** Describes in one line how far a study is, how fast it is, and how long it may still take. */
import { listOpenBatches, type OpenBatch } from '../../activities/ledger/batches/open-batches.ts';
import type { Ledger } from '../../activities/ledger/ledger.ts';
import { countRecordedCalls, type KnownStudy } from '../../activities/ledger/studies.ts';
import { formatDuration } from '../terminal/terminal.ts';
import { countDone } from './count-done.ts';

export interface ProgressInput {
  readonly ledger: Ledger;
  readonly study: Pick<KnownStudy, 'name' | 'plan'>;
  /** Calls that the whole study is expected to need. */
  readonly expected: number;
}

/** The rate is measured over this time only, since phases differ in speed. */
const RATE_WINDOW_MS = 30_000;

export async function startProgress({ ledger, study, expected }: ProgressInput) {
  const started = performance.now();
  const first = { kept: await countKept(ledger), done: await countDone(ledger.tables, study) };
  let samples = [{ at: started, done: first.done }];

  /**
   * Two lower bounds, of which the larger counts: replies that the ledger gained since the start (immediate, but of all
   * studies of the home), and the calls of finished shards (late, but with replies that the ledger had before).
   */
  async function countNow(): Promise<number> {
    const sent = (await countKept(ledger)) - first.kept;
    return Math.min(expected, Math.max(first.done + sent, await countRecordedCalls(ledger.tables, study.name)));
  }

  async function describe(): Promise<string> {
    const now = performance.now();
    const done = await countNow();
    samples = [...samples.filter(({ at }) => now - at <= RATE_WINDOW_MS), { at: now, done }];
    const [oldest] = samples;
    const rate = oldest && now > oldest.at ? ((done - oldest.done) * 1000) / (now - oldest.at) : 0;
    const average = (done - first.done) / (now - started);
    const parts = [
      formatDuration(now - started),
      `${Math.min(99, Math.floor((100 * done) / expected))} %`,
      `${done.toLocaleString('en')} of about ${expected.toLocaleString('en')} calls`,
      `${rate < 10 ? rate.toFixed(1) : Math.round(rate)} calls/s`,
      ...(average > 0 && done < expected ? [`about ${formatDuration((expected - done) / average)} left`] : []),
    ];
    return [...parts, ...(await describeBatches(ledger, study))].join('  ');
  }

  return { describe };
}

/** Which share of their requests batches have done, as far as providers say; and whether some wait for room there. */
async function describeBatches({ tables }: Ledger, { plan }: ProgressInput['study']): Promise<string[]> {
  const open = await listOpenBatches(tables, plan);
  const sent = open.filter(({ submitted }) => submitted !== null);
  const sum = (of: (batch: OpenBatch) => number, batches: readonly OpenBatch[] = sent): string =>
    batches.reduce((total, batch) => total + of(batch), 0).toLocaleString('en');
  const waiting = open.filter(({ waits }) => waits !== null);
  const batches = sent.length === 1 ? '1 batch' : `${sent.length} batches`;
  return [
    ...(sent.length > 0 ? [`${batches}: ${sum(({ done }) => done)} of ${sum(({ items }) => items)} lines done`] : []),
    ...(waiting.length > 0 ? [`${sum(({ items }) => items, waiting)} lines wait for a queue of batches`] : []),
  ];
}

async function countKept({ tables }: Ledger): Promise<number> {
  const count = await tables
    .selectFrom('calls')
    .select((select) => select.fn.countAll().as('calls'))
    .executeTakeFirst();
  return Number(count?.calls ?? 0);
}
