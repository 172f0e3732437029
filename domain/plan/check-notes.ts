/** Checks that the notes of a study file name places that exist in it. */
import { UserError } from '../../contracts/failures.ts';
import type { Study } from '../../contracts/study.ts';

export function checkNotes(study: Study): void {
  for (const { at } of study.notes) requirePlace(study, at);
}

/** Elements of lists are named by their id or index, as `graders.strict.model`. */
function requirePlace(study: Study, at: string): void {
  if (leadsSomewhere(study, at)) return;
  throw new UserError(
    `notes: at: "${at}" is not a place in the study file.`,
    'Write it as `compose.kept`, or with the id of a list element as `graders.strict.model`.',
  );
}

/** Ids may contain dots, so every key that the path begins with is tried. */
function leadsSomewhere(value: unknown, path: string): boolean {
  if (path === '') return value !== undefined;
  if (typeof value !== 'object' || value === null) return false;
  const entries = Array.isArray(value)
    ? value.flatMap((element: { id?: string }, index) => [
        [String(index), element] as const,
        ...(element?.id === undefined ? [] : [[element.id, element] as const]),
      ])
    : Object.entries(value);
  return entries.some(
    ([key, inner]) => path === key || (path.startsWith(`${key}.`) && leadsSomewhere(inner, path.slice(key.length + 1))),
  );
}
