/** Counts the calls of a study that are certainly done. */
import type { Kysely } from 'kysely';
import { listPayments } from '../../activities/ledger/payments.ts';
import { countRecordedCalls, type KnownStudy } from '../../activities/ledger/studies.ts';
import type { LedgerTables } from '../../activities/ledger/tables.ts';

/**
 * The larger of two lower bounds: the calls of finished shards (which include students), and the replies of teacher and
 * graders that were paid for under this plan (which include unfinished shards).
 */
export async function countDone(
  db: Kysely<LedgerTables>,
  { name, plan }: Pick<KnownStudy, 'name' | 'plan'>,
): Promise<number> {
  const answered = (await listPayments(db, plan)).filter(
    ({ phase, kind }) => phase !== 'calibrate' && (kind === 'reply' || kind === 're-ask'),
  );
  return Math.max(
    await countRecordedCalls(db, name),
    answered.reduce((sum, { calls }) => sum + calls, 0),
  );
}
