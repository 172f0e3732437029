/** Checkpoints, failed arms, and the student servers that answer now. */
import type { Kysely } from 'kysely';
import { ARM_FAILURES, asArmFailure } from '../../../contracts/failures.ts';
import type { TunedStudent } from '../../../contracts/plan.ts';
import type { FailedArmRecord } from '../../../contracts/results.ts';
import type { LedgerTables } from '../tables.ts';
import { isHeld, uptime } from '../uptime.ts';

export interface Checkpoint {
  readonly digest: string;
  readonly directory: string;
  /** The trainer's result. */
  readonly details: unknown;
}

export async function findCheckpoint(db: Kysely<LedgerTables>, trainingKey: string): Promise<Checkpoint | undefined> {
  const row = await db.selectFrom('checkpoints').selectAll().where('training_key', '=', trainingKey).executeTakeFirst();
  return row && { digest: row.digest, directory: row.directory, details: JSON.parse(row.details) as unknown };
}

/** Records a checkpoint; one that is recorded already stays. */
export async function recordCheckpoint(db: Kysely<LedgerTables>, trainingKey: string, made: Checkpoint): Promise<void> {
  await db
    .insertInto('checkpoints')
    .values({ training_key: trainingKey, ...made, details: JSON.stringify(made.details) })
    .onConflict((conflict) => conflict.column('training_key').doNothing())
    .execute();
}

/** Records that an arm failed and the study continues without it. */
export async function recordFailedArm(
  db: Kysely<LedgerTables>,
  plan: string,
  failed: Omit<FailedArmRecord, 'reason'>,
): Promise<void> {
  const { student, arm, replicate, partition, failure, details: reason } = failed;
  await db
    .insertInto('failed_arms')
    .values({ plan, student, arm, replicate, partition, failure, reason })
    .onConflict((conflict) =>
      conflict.columns(['plan', 'student', 'arm', 'replicate', 'partition']).doUpdateSet({ failure, reason }),
    )
    .execute();
}

export async function listFailedArms(db: Kysely<LedgerTables>, plan: string): Promise<FailedArmRecord[]> {
  const rows = await db
    .selectFrom('failed_arms')
    .select(['student', 'arm', 'replicate', 'partition', 'failure', 'reason'])
    .where('plan', '=', plan)
    .orderBy('student')
    .orderBy('arm')
    .orderBy('replicate')
    .orderBy('partition')
    .execute();
  return rows.map(({ student, arm, reason: details, ...row }) => {
    const failure = asArmFailure(row.failure);
    const tuned = { student, arm, replicate: Number(row.replicate), partition: Number(row.partition) };
    return { ...tuned, failure, reason: ARM_FAILURES[failure], details };
  });
}

/** Registers `url` as the server of a checkpoint for so many milliseconds; call it again to extend that. */
export async function leaseServer(
  db: Kysely<LedgerTables>,
  digest: string,
  url: string,
  milliseconds: number,
): Promise<void> {
  const row = { url, expires: uptime() + milliseconds };
  await db
    .insertInto('servers')
    .values({ digest, ...row })
    .onConflict((conflict) => conflict.column('digest').doUpdateSet(row))
    .execute();
}

export const endLease = async (db: Kysely<LedgerTables>, digest: string, url: string): Promise<void> => {
  await db.deleteFrom('servers').where('digest', '=', digest).where('url', '=', url).execute();
};

/** The URL of a server of the checkpoint; undefined while none answers. */
export async function findServer(db: Kysely<LedgerTables>, digest: string): Promise<string | undefined> {
  const query = db.selectFrom('servers').select('url').where('digest', '=', digest).where(isHeld('expires'));
  return (await query.executeTakeFirst())?.url;
}

/** `setAside`: how many calls and arms of the home had been set aside when a key was derived; with more, it may be another. */
export interface KeyOf {
  readonly plan: string;
  readonly tuned: TunedStudent;
  readonly setAside: number;
}

export async function recordTrainingKey(db: Kysely<LedgerTables>, of: KeyOf, trainingKey: string): Promise<void> {
  const { student, arm, replicate, partition } = of.tuned;
  const row = { set_aside: of.setAside, training_key: trainingKey };
  await db
    .insertInto('training_keys')
    .values({ plan: of.plan, student, arm, replicate, partition, ...row })
    .onConflict((conflict) => conflict.columns(['plan', 'student', 'arm', 'replicate', 'partition']).doUpdateSet(row))
    .execute();
}

export async function findTrainingKey(db: Kysely<LedgerTables>, of: KeyOf): Promise<string | undefined> {
  const { student, arm, replicate, partition } = of.tuned;
  const row = await db
    .selectFrom('training_keys')
    .select('training_key')
    .where('plan', '=', of.plan)
    .where('student', '=', student)
    .where('arm', '=', arm)
    .where('replicate', '=', replicate)
    .where('partition', '=', partition)
    .where('set_aside', '=', of.setAside)
    .executeTakeFirst();
  return row?.training_key;
}
