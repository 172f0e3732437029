/** Imports the points that one person gave to exported texts: the whole file, or nothing of it. */
import { UserError } from '../../contracts/failures.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { TextPlace } from '../../domain/people/blind-sample.ts';
import { pointNames } from '../../domain/people/blind-sheet.ts';
import { checkRows, type Checked, type Problem } from '../../domain/people/check-points.ts';
import { listItems, recordPoints } from '../ledger/people-ledger.ts';
import type { ActivityContext } from '../shared/activity-context.ts';
import { readPointsFile } from './read-points-file.ts';

export interface ImportInput {
  readonly plan: Plan;
  readonly hash: string;
  readonly file: string;
  readonly person: string;
  readonly replace: boolean;
}

export interface Imported {
  readonly person: string;
  /** How many texts the file has points or comments for. */
  readonly texts: number;
  /** How many points the ledger now has for these texts. */
  readonly points: number;
  readonly comments: number;
}

export async function importPoints({ ledger }: ActivityContext, input: ImportInput): Promise<Imported> {
  const { plan, hash, file, replace } = input;
  const person = checkPerson(input.person, plan);
  const names = new Map((await listItems(ledger.tables, hash)).map(({ item, place }) => [item, namesAt(place, plan)]));
  if (names.size === 0)
    throw new UserError(
      `No texts were exported from study "${plan.science.name}" in this home under its present plan.`,
      `Export texts first: \`./etude export --blind ${plan.science.name}\`.`,
    );
  const all = [...new Set([...names.values()].flat())];
  const rows = requireSound(file, readPointsFile(file, all));
  const given = requireSound(file, checkRows(rows, names));
  const merged = requireSound(file, await recordPoints(ledger.tables, { plan: hash, person, given, names, replace }));
  return {
    person,
    texts: merged.length,
    points: merged.flatMap(({ points }) => points).filter((point) => point !== null).length,
    comments: merged.filter(({ comment }) => comment !== '').length,
  };
}

/** The names of the points that an item has; `place` is what `placeKey` wrote. */
function namesAt(place: string, plan: Plan): string[] {
  const [, , , , k] = JSON.parse(place) as [string, string, number, number, TextPlace['k']];
  return pointNames(plan, k);
}

function checkPerson(given: string, { science }: Plan): string {
  const person = given.trim().normalize('NFC');
  if (!/^[\p{L}\p{N}][\p{L}\p{M}\p{N} ._'-]{0,59}$/u.test(person))
    throw new UserError(
      `--person: ${JSON.stringify(given.slice(0, 80))} cannot be used as a name.`,
      "Write a name or pseudonym that begins with a letter or digit and has at most 60 letters, digits, blanks and . _ ' -",
    );
  if (science.graders.some(({ id }) => id.toLowerCase() === person.toLowerCase()))
    throw new UserError(`--person: "${person}" is a grader of this study.`, 'Give the person another name.');
  return person;
}

const SHOWN = 20;

function requireSound<T>(file: string, checked: Checked<T>): T {
  if (checked.end === 'sound') return checked.value;
  throw new UserError(
    `Nothing of ${file} was imported: it has ${countOf(checked.problems)}. ${list(checked.problems)}`,
    'Correct these and import the file again; points are 0, 1 or empty. --replace lets a file change points given before.',
  );
}

const countOf = ({ length }: readonly Problem[]): string => `${length} problem${length === 1 ? '' : 's'}`;

function list(problems: readonly Problem[]): string {
  const shown = problems.slice(0, SHOWN).map(({ line, reason }) => `line ${line}: ${reason.replace(/\.$/, '')}`);
  const more = problems.length - shown.length;
  return `${shown.join('; ')}${more > 0 ? `; and ${more} more` : ''}.`;
}
