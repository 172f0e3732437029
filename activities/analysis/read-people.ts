/** Joins the points that people gave with the texts behind the exported items. */
import type { CellOutcome } from '../../contracts/outcomes.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { People } from '../../contracts/results.ts';
import { itemOf, listTexts, placeKey } from '../../domain/people/blind-sample.ts';
import { measurePeople, type ReviewedText } from '../../domain/people/measure-people.ts';
import { findSecret, listItems, listPoints } from '../ledger/people-ledger.ts';
import type { ActivityContext } from '../shared/activity-context.ts';

/** Agreement of people with graders; undefined when no points were imported, as results then have no `people`. */
export async function readPeople(
  { ledger: { tables } }: Pick<ActivityContext, 'ledger'>,
  { plan, hash, cells }: { plan: Plan; hash: string; cells: readonly CellOutcome[] },
): Promise<People | undefined> {
  const points = await listPoints(tables, hash);
  const secret = await findSecret(tables, hash);
  if (points.length === 0 || secret === undefined) return undefined;
  const exported = new Map((await listItems(tables, hash)).map(({ item, place }) => [item, place]));
  const texts = listTexts(cells, plan).flatMap((text): ReviewedText[] => {
    const item = itemOf(secret, text);
    if (exported.get(item) !== placeKey(text.place)) return [];
    const own = points.filter((given) => given.item === item);
    return [{ ...text, byPerson: new Map(own.map((given) => [given.person, given])) }];
  });
  return measurePeople({ texts, changed: exported.size - texts.length, plan });
}
