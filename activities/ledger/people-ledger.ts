/** Blind exports and the points that people gave. Only the ledger knows which arm wrote an exported item. */
import { randomBytes } from 'node:crypto';
import type { Kysely } from 'kysely';
import { UserError } from '../../contracts/failures.ts';
import { placeKey, type BlindItem } from '../../domain/people/blind-sample.ts';
import {
  mergePoints,
  type Checked,
  type GivenPoint,
  type GivenPoints,
  type KnownPoints,
  type MergedPoints,
} from '../../domain/people/check-points.ts';
import type { LedgerTables } from './tables.ts';

type Tables = Kysely<LedgerTables>;

/** The secret from which item names are derived; made at a plan's first export, so later exports use the same names. */
export async function secretOf(db: Tables, plan: string): Promise<string> {
  await db
    .insertInto('blind_plans')
    .values({ plan, secret: randomBytes(32).toString('hex') })
    .onConflict((conflict) => conflict.column('plan').doNothing())
    .execute();
  const secret = await findSecret(db, plan);
  if (secret === undefined) throw new Error(`the ledger lost the secret of plan ${plan}`);
  return secret;
}

export const findSecret = async (db: Tables, plan: string): Promise<string | undefined> =>
  (await db.selectFrom('blind_plans').select('secret').where('plan', '=', plan).executeTakeFirst())?.secret;

export async function recordItems(db: Tables, plan: string, items: readonly BlindItem[]): Promise<void> {
  await db.transaction().execute(async (transaction) => {
    for (const { item, place } of items)
      await transaction
        .insertInto('blind_items')
        .values({ plan, item, place: placeKey(place) })
        .onConflict((conflict) => conflict.columns(['plan', 'item']).doNothing())
        .execute();
  });
}

/** Exported items with the place of each in the study, as `placeKey` writes it. */
export async function listItems(db: Tables, plan: string): Promise<{ item: string; place: string }[]> {
  return db.selectFrom('blind_items').select(['item', 'place']).where('plan', '=', plan).orderBy('item').execute();
}

export interface PersonPoints extends MergedPoints {
  readonly person: string;
}

export async function listPoints(db: Tables, plan: string): Promise<PersonPoints[]> {
  const rows = await db
    .selectFrom('people_points')
    .selectAll()
    .where('plan', '=', plan)
    .orderBy('person')
    .orderBy('item')
    .execute();
  return rows.map(({ item, person, points, comment }) => ({
    ...{ item, person, comment },
    points: JSON.parse(points) as GivenPoint[],
  }));
}

export interface RecordPointsInput {
  readonly plan: string;
  readonly person: string;
  readonly given: readonly GivenPoints[];
  readonly names: ReadonlyMap<string, readonly string[]>;
  readonly replace: boolean;
}

/** Records all points, or none when one of them is refused. */
export async function recordPoints(db: Tables, input: RecordPointsInput): Promise<Checked<MergedPoints[]>> {
  const { plan, person, given, names, replace } = input;
  return db.transaction().execute(async (transaction) => {
    // A write comes first, to get the write lock before reading: another import for this person then waits.
    await transaction.updateTable('blind_plans').set({ plan }).where('plan', '=', plan).execute();
    const all = await listPoints(transaction, plan);
    requireOneSpelling(person, all);
    const known = new Map<string, KnownPoints>(
      all.filter((one) => one.person === person).map((one) => [one.item, one]),
    );
    const merged = mergePoints(given, known, names, { replace });
    if (merged.end === 'refused') return merged;
    for (const { item, points, comment } of merged.value)
      await transaction
        .insertInto('people_points')
        .values({ plan, item, person, points: JSON.stringify(points), comment })
        .onConflict((conflict) =>
          conflict.columns(['plan', 'item', 'person']).doUpdateSet({ points: JSON.stringify(points), comment }),
        )
        .execute();
    return merged;
  });
}

/** Refuses a name that differs from a known one only by capital letters: one person would count as two. */
function requireOneSpelling(person: string, all: readonly PersonPoints[]): void {
  const alike = all.find((one) => one.person !== person && one.person.toLowerCase() === person.toLowerCase());
  if (alike)
    throw new UserError(
      `--person: "${person}" differs only by capital letters from "${alike.person}", who has given points before.`,
      `Write "${alike.person}", or another name for another person.`,
    );
}
