/** How many calls of a study are surely done. */
import type { Kysely } from 'kysely';
import { listPayments } from '../../activities/ledger/payments.ts';
import { countRecordedCalls, type KnownStudy } from '../../activities/ledger/studies.ts';
import type { LedgerTables } from '../../activities/ledger/tables.ts';

/** Those of finished shards, or what teacher and graders have answered this plan if that is more. */
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
