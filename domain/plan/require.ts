/** Checks of names that several kinds of check share. */
import { UserError } from '../../contracts/failures.ts';
import { nearestOf } from '../basics/nearest.ts';

export function requireKnown(place: string, name: string, known: readonly string[]): void {
  if (known.includes(name)) return;
  throw new UserError(`${place}: "${name}" is not known.`, `Known here: ${known.join(', ')}.${nearestOf(name, known)}`);
}

export function requireUnique(place: string, ids: readonly string[]): void {
  const twice = ids.find((id, index) => ids.indexOf(id) !== index);
  if (twice !== undefined) throw new UserError(`${place}: "${twice}" is listed twice.`, 'Give each its own id.');
}
