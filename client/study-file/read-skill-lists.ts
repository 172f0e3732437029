/** A user's own skills and topics as lists: `skills.csv` and `topics.txt`, with ids made from names. */
import { parse, type CsvError } from 'csv-parse/sync';
import { UserError } from '../../contracts/failures.ts';
import { readText } from './read-yaml.ts';

export interface ListedSkill {
  readonly id: string;
  readonly name: string;
  readonly category: string;
  readonly definition: string;
  readonly example: string;
  readonly reference?: string;
  readonly common?: true;
}

export interface SkillList {
  readonly skills: readonly ListedSkill[];
  /** By id: the name as the file writes it. */
  readonly categories: ReadonlyMap<string, string>;
}

/** Accepted names of columns, without regard to case, blanks and marks; other columns are ignored. */
const COLUMNS = {
  name: ['name', 'skill', 'skillname'],
  definition: ['definition', 'skilldefinition', 'description', 'def'],
  example: ['example', 'skillexample', 'examples'],
  category: ['category', 'skillcategory', 'type', 'kind'],
  reference: ['reference', 'source', 'url', 'link', 'wikipedia'],
  common: ['common', 'iscommon'],
} as const;
type Column = keyof typeof COLUMNS;
const NEEDED: readonly Column[] = ['name', 'definition', 'example'];

const ONE_CATEGORY = 'skills';

/**
 * An id of a catalog from a name: "Ad hominem (fallacy)" becomes "ad-hominem-fallacy". A name without any Latin letter
 * or digit is told by its characters' numbers: "隐喻" becomes "u9690-u55bb".
 */
export const toId = (name: string): string => latinId(name) || latinId(spellOut(name));

const latinId = (name: string): string =>
  name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');

const spellOut = (name: string): string =>
  name
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\p{L}\p{M}\p{N}]/gu, (letter) => ` u${letter.codePointAt(0)?.toString(16)} `);

/** Throws a `UserError` that names the file and, if there is one, the wrong line. */
export async function readSkillList(path: string): Promise<SkillList> {
  const [header = [], ...rows] = parseCsv(await readText(path), path);
  const places = findColumns(header, path);
  const categories = new Map<string, string>();
  const skills = rows.map((row, index) => {
    const cell = (column: Column): string => (row[places[column] ?? -1] ?? '').trim();
    for (const column of NEEDED)
      if (cell(column) === '') throw emptyCell(path, index + 2, header[places[column] ?? 0] ?? column);
    const category = cell('category') || ONE_CATEGORY;
    categories.set(requireId(path, index + 2, category), category);
    return toSkill(cell, requireId(path, index + 2, cell('name')), toId(category));
  });
  return { skills, categories };
}

function toSkill(cell: (column: Column) => string, id: string, category: string): ListedSkill {
  const reference = cell('reference');
  return {
    ...{ id, category, name: cell('name'), definition: cell('definition'), example: cell('example') },
    ...(reference !== '' && { reference }),
    ...(/^(?:1|true|yes|y)$/i.test(cell('common')) && { common: true }),
  };
}

function parseCsv(text: string, path: string): string[][] {
  try {
    return parse(text, { bom: true, relax_column_count: true, skip_empty_lines: true });
  } catch (cause) {
    const { message, lines } = cause as CsvError & { lines?: number };
    throw new UserError(
      `${path}${lines === undefined ? '' : `, line ${lines}`}: ${message.replace(/\.$/, '')}.`,
      'Correct the CSV there: cells with commas, quotes or line breaks need double quotes.',
      { cause },
    );
  }
}

function findColumns(header: readonly string[], path: string): Partial<Record<Column, number>> {
  const plain = header.map((name) => name.toLowerCase().replace(/[^a-z]/g, ''));
  const places = Object.fromEntries(
    (Object.keys(COLUMNS) as Column[]).flatMap((column) => {
      const at = COLUMNS[column].map((name) => plain.indexOf(name)).find((index) => index >= 0);
      return at === undefined ? [] : [[column, at] as const];
    }),
  ) as Partial<Record<Column, number>>;
  const lacking = NEEDED.filter((column) => places[column] === undefined);
  if (lacking.length === 0) return places;
  throw new UserError(
    `${path}: no column for ${lacking.join(', ')}; the first line names ${header.join(', ') || 'none'}.`,
    'Write a first line with `name`, `definition` and `example`; `category` and `common` are optional.',
  );
}

const emptyCell = (path: string, line: number, column: string): UserError =>
  new UserError(`${path}, row ${line}: "${column}" is empty.`, 'Fill it in or take the row out.');

function requireId(path: string, line: number, name: string): string {
  const id = toId(name);
  if (id !== '') return id;
  throw new UserError(
    `${path}, row ${line}: "${name}" has no letter or digit from which to make an id.`,
    'Write the catalog as skills.yaml, with ids of your own.',
  );
}

export interface ListedTopic {
  readonly id: string;
  readonly name: string;
  /** Always `train`: a list has no sides, and `split` in the study file decides them. */
  readonly side: 'train';
}

/** One topic a line. */
export async function readTopicList(path: string): Promise<ListedTopic[]> {
  const lines = (await readText(path)).replace(/^\uFEFF/, '').split(/\r\n|\r|\n/);
  return lines.flatMap((line, index) => {
    const name = line.trim();
    return name === '' ? [] : [{ id: requireId(path, index + 1, name), name, side: 'train' as const }];
  });
}
