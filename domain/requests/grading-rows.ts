/**
 * Reads the rows of a grading in each form that graders reply in: a table, lines, or JSON. Points are not interpreted
 * here.
 */

/** One row as written: its number and label, where the grader wrote any, and its points. */
export interface GradingRow {
  readonly number: number | undefined;
  readonly label: string | undefined;
  readonly value: string;
}

/** A reply with more rows than this is not a grading: its rows are only counted. */
export const MOST_ROWS = 200;

const bare = (cell: string): string => cell.replace(/[*_`]/g, '').trim();

const SEPARATOR_CELL = /^:?[-–—]+:?$/;
const TOTAL =
  /^(?:the )?(?:(?:grand|overall|final) )?(?:total|sum)(?: of)?(?: (?:points?|scores?|marks?))?(?: (?:earned|awarded))?\s{0,3}:?$/i;
const POINTS_HEADER =
  /^(?:points?|scores?|marks?)(?: (?:earned|awarded|given))?(?: ?\((?:0 or 1|0\/1|0-1|max 1|out of 1)\))?$/i;
const HEADER = /^(?:criterion|criteria|rubric|skills?|#|no\.?)$/i;
const ROW_NUMBER = /^(?:row |criterion |point )?(\d{1,3})(?:[.):]|$)/i;

const numberOf = (text: string): number | undefined => {
  const digits = ROW_NUMBER.exec(text)?.[1];
  return digits === undefined ? undefined : Number(digits);
};

/** A label without its number. */
const labelOf = (text: string): string | undefined => {
  const label = text.replace(ROW_NUMBER, '').trim();
  return label === '' ? undefined : label;
};

/**
 * Rows of all tables in the reply: a grader that gives two tables has not given one answer. `isPoints` helps to find
 * the column of points.
 */
export function tableRows(reply: string, isPoints: (cell: string) => boolean): GradingRow[] {
  const lines = reply.split(/\r\n|\r|\n/).filter((line) => line.includes('|'));
  const cells = lines.map(cellsOf).filter((row) => !row.every((cell) => cell === '' || SEPARATOR_CELL.test(cell)));
  let header: number | undefined;
  const rows: { cells: string[]; column: number | undefined }[] = [];
  for (const row of cells) {
    const column = row.findIndex((cell, index) => index > 0 && POINTS_HEADER.test(cell));
    if (column > 0 || HEADER.test(row[0] ?? '')) header = column > 0 ? column : undefined;
    else if (!isTotal(row)) rows.push({ cells: row, column: header });
  }
  const found = columnOf(
    rows.filter(({ column }) => column === undefined).map((row) => row.cells),
    isPoints,
  );
  return rows.map(({ cells: row, column }) => toRow(row, column ?? found ?? row.length - 1));
}

const isTotal = ([first = '', second = '']: readonly string[]): boolean =>
  TOTAL.test(first) || (first === '' && TOTAL.test(second));

/**
 * The column of points of a table without a header: the only one in which every row has points. Undefined if there is
 * none or several; then the last column counts.
 */
function columnOf(rows: readonly (readonly string[])[], isPoints: (cell: string) => boolean): number | undefined {
  if (rows.length > MOST_ROWS) return undefined;
  const widths = new Set(rows.map((row) => row.length));
  const [width = 0] = widths;
  if (widths.size !== 1 || width > 10) return undefined;
  const columns = Array.from({ length: width - 1 }, (_, index) => index + 1);
  const full = columns.filter((column) => rows.every((row) => isPoints(row[column] ?? '')));
  return full.length === 1 ? full[0] : undefined;
}

function toRow(cells: readonly string[], column: number): GradingRow {
  const [first = '', second = ''] = cells;
  const label = column === 0 ? undefined : (labelOf(first) ?? (column > 1 ? labelOf(second) : undefined));
  return { number: column === 0 ? undefined : numberOf(first), label, value: cells[column] ?? '' };
}

/** Cells without the outer pipes; an inner pipe that is escaped belongs to its cell. */
function cellsOf(line: string): string[] {
  const inner = line
    .trim()
    .replace(/^\|/, '')
    .replace(/(?<!\\)\|$/, '');
  return inner.split(/(?<!\\)\|/).map(bare);
}

const POINT_LINE = /^(.*?)points?\s{1,9}(?:earned|awarded)\s{0,9}:(.*)$/i;

/** Rows from "Point earned: 1" lines. The number of a row is the one that the first line of its block begins with. */
export function lineRows(reply: string): GradingRow[] {
  const rows: GradingRow[] = [];
  let opening: string | undefined;
  for (const written of reply.split(/\r\n|\r|\n/)) {
    const line = bare(written);
    const match = POINT_LINE.exec(line);
    if (!match) opening ??= line === '' ? undefined : line;
    else if (!/\b(?:total|sum)\b/i.test(match[1] ?? '')) {
      rows.push({ number: numberOf(opening ?? line), label: undefined, value: match[2] ?? '' });
      opening = undefined;
    }
  }
  return rows;
}

/** Rows from lines like "label: 1" and "- label – 1". Only labels that the caller knows make them rows. */
export function labelledLines(reply: string): GradingRow[] {
  return reply.split(/\r\n|\r|\n/).flatMap((written) => {
    const line = bare(written).replace(/^[-•+]\s{1,9}/, '');
    const cut = Math.max(
      line.lastIndexOf(':'),
      line.lastIndexOf(' – '),
      line.lastIndexOf(' - '),
      line.lastIndexOf('='),
    );
    if (cut <= 0 || line.length > 500) return [];
    const head = line.slice(0, cut).trim();
    return [{ number: numberOf(head), label: labelOf(head), value: line.slice(cut).replace(/^[:=]|^ [–-] /, '') }];
  });
}

const POINT_KEYS = ['points', 'point', 'score', 'mark'] as const;
const LABEL_KEYS = ['criterion', 'label', 'name', 'skill'] as const;
const NUMBER_KEYS = ['number', 'row', 'id'] as const;

/** Rows of the reply's JSON value; none where there is no such value. */
export const jsonRows = (reply: string): GradingRow[] =>
  listOf(findJson(reply)).map(([label, item]) => fromItem(label, item));

function findJson(reply: string): unknown {
  const spans = (['{}', '[]'] as const).map(
    (marks) => [reply.indexOf(marks.charAt(0)), reply.lastIndexOf(marks.charAt(1))] as const,
  );
  for (const [from, to] of spans.sort(([a], [b]) => a - b)) {
    const value = parseJson(reply.slice(from, to + 1));
    if (value !== undefined) return value;
  }
  return undefined;
}

/** The JSON value; undefined if the text is not JSON, or is nested too deeply to parse. */
function parseJson(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return hasKeyTwice(text) ? TWO_ANSWERS : value;
  } catch {
    return undefined;
  }
}

/** Read in place of a reply that gives two answers: a row without points, which nobody can read. */
const TWO_ANSWERS: unknown = [{}];

/** Whether an object names a key twice, of which `JSON.parse` would drop the first. `text` is JSON. */
function hasKeyTwice(text: string): boolean {
  const open: Set<string>[] = [];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"(?:\s*:)?|[{}]/gs)) {
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else if (token.endsWith(':')) {
      const key = String(JSON.parse(token.slice(0, -1)));
      if (open.at(-1)?.has(key)) return true;
      open.at(-1)?.add(key);
    }
  }
  return false;
}

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A list, the only list of an object, or an object by label; totals beside them are left out. */
function listOf(value: unknown): (readonly [string | undefined, unknown])[] {
  if (Array.isArray(value)) return value.map((item: unknown) => [undefined, item] as const);
  if (!isFields(value)) return [];
  const lists = Object.values(value).filter((field) => Array.isArray(field));
  if (lists.length === 1) return listOf(lists[0]);
  const named = Object.entries(value).filter(([key]) => !TOTAL.test(key.trim()));
  const [only] = named;
  if (named.length === 1 && only && isFields(only[1]) && !POINT_KEYS.some((key) => key in (only[1] as Fields)))
    return listOf(only[1]);
  return named;
}

function fromItem(key: string | undefined, item: unknown): GradingRow {
  const fields = isFields(item) ? item : {};
  const pick = (keys: readonly string[]): unknown => keys.map((name) => fields[name]).find((one) => one !== undefined);
  const points = new Set(
    POINT_KEYS.map((name) => fields[name])
      .filter((one) => one !== undefined)
      .map(String),
  );
  // Two fields that give different points give none.
  const value = isFields(item) ? (points.size > 1 ? undefined : pick(POINT_KEYS)) : item;
  const label = key ?? pick(LABEL_KEYS);
  const written = typeof label === 'string' ? bare(label) : undefined;
  const number = pick(NUMBER_KEYS) ?? label;
  return {
    number: Number.isInteger(number) ? Number(number) : numberOf(written ?? ''),
    label: written === undefined ? undefined : labelOf(written),
    value: typeof value === 'number' || typeof value === 'string' ? String(value) : '',
  };
}
