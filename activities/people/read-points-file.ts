/** Reads a spreadsheet or JSON lines that a person filled in; each problem comes with the number of its line. */
import { readFileSync, statSync } from 'node:fs';
import { parse, type CsvError } from 'csv-parse/sync';
import { columnOf, pointOf } from '../../domain/people/blind-sheet.ts';
import type { Checked, FilledRow, Problem } from '../../domain/people/check-points.ts';

export function readPointsFile(path: string, points: readonly string[]): Checked<FilledRow[]> {
  const read = readText(path);
  if (typeof read !== 'string') return refused(1, read.fault);
  return /^\s*\{/.test(read) ? readJsonLines(read) : readSpreadsheet(read, points);
}

const refused = (line: number, reason: string): Checked<never> => ({ end: 'refused', problems: [{ line, reason }] });

function readText(path: string): string | { readonly fault: string } {
  const read = readBytes(path);
  if (!Buffer.isBuffer(read)) return read;
  if (read.includes(0) || read.subarray(0, 2).toString('latin1') === 'PK')
    return { fault: 'it is binary; save the spreadsheet as CSV (UTF-8)' };
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(read);
    return text.trim() === '' ? { fault: 'it is empty' } : text;
  } catch {
    return { fault: 'it is not UTF-8 text; save the spreadsheet as CSV (UTF-8)' };
  }
}

function readBytes(path: string): Buffer | { readonly fault: string } {
  try {
    // Checked before the file is opened, because opening a pipe would wait for somebody to write to it.
    return statSync(path).isFile() ? readFileSync(path) : { fault: 'it is not a file' };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return { fault: code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code ?? String(error)})` };
  }
}

function readJsonLines(text: string): Checked<FilledRow[]> {
  const problems: Problem[] = [];
  const rows = text.split(/\r\n|\n|\r/).flatMap((written, index): FilledRow[] => {
    const line = index + 1;
    if (written.trim() === '') return [];
    const row = readJsonLine(written, line);
    if (typeof row !== 'string') return [row];
    problems.push({ line, reason: row });
    return [];
  });
  return problems.length > 0 ? { end: 'refused', problems } : { end: 'sound', value: rows };
}

function readJsonLine(written: string, line: number): FilledRow | string {
  let value: unknown;
  try {
    value = JSON.parse(written);
  } catch {
    return 'it is not valid JSON';
  }
  if (!isRecord(value)) return 'it is not a JSON object';
  const { item, points, comment = '' } = value;
  if (typeof item !== 'string') return 'it has no "item"';
  if (!isRecord(points)) return `item "${item}" has no object "points"`;
  if (typeof comment !== 'string') return `the comment of item "${item}" is not text`;
  return { line, item, points, comment: comment.trim() };
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

interface Line {
  readonly line: number;
  readonly cells: readonly string[];
}

function readSpreadsheet(text: string, points: readonly string[]): Checked<FilledRow[]> {
  try {
    const [header, ...lines] = parseLines(text);
    const names = (header?.cells ?? []).map((name) => name.trim());
    const problems = checkHeader(names, points);
    for (const { line, cells } of lines)
      if (cells.length !== names.length)
        problems.push({ line, reason: `${cells.length} cells instead of the header's ${names.length}` });
    if (problems.length > 0) return { end: 'refused', problems };
    return { end: 'sound', value: lines.map((line) => rowOf(line, names)) };
  } catch (error) {
    const { message, lines } = error as CsvError & { lines?: number };
    return refused(lines ?? 1, `it is not valid CSV: ${message.split('\n')[0] ?? ''}`);
  }
}

/** Detects the separator: programs write CSV with semicolons in many countries, and some with tabs. */
function parseLines(text: string): Line[] {
  const [first = ''] = text.split(/\r\n|\n|\r/);
  const delimiter = [',', ';', '\t'].find((one) => first.split(one).some(isItem)) ?? ',';
  const records = parse(text, {
    ...{ bom: true, delimiter, info: true, relax_column_count: true },
    record_delimiter: ['\r\n', '\n', '\r'],
  }) as unknown as { record: string[]; info: { lines: number } }[];
  let end = 0;
  const lines = records.map(({ record, info }) => {
    const line = end + 1;
    end = info.lines;
    return { line, cells: record };
  });
  return lines.filter(({ cells }) => cells.some((cell) => cell.trim() !== ''));
}

const isItem = (cell: string): boolean => /^\ufeff?\s*"?item"?\s*$/.test(cell);

function checkHeader(names: readonly string[], points: readonly string[]): Problem[] {
  const missing = ['item', ...points.map(columnOf)].filter((name) => !names.includes(name));
  const twice = names.filter((name, index) => name !== '' && names.indexOf(name) !== index);
  const unknown = names.filter((name) => !points.includes(pointOf(name) ?? points[0] ?? ''));
  return [
    ...missing.map((name) => `column "${name}" is missing`),
    ...twice.map((name) => `column "${name}" is listed twice`),
    ...unknown.map((name) => `column "${name}" is not a point of this study`),
  ].map((reason) => ({ line: 1, reason }));
}

function rowOf({ line, cells }: Line, names: readonly string[]): FilledRow {
  const cell = (name: string): string => (names.includes(name) ? (cells[names.indexOf(name)] ?? '').trim() : '');
  const points = names.flatMap((name) => {
    const point = pointOf(name);
    return point === undefined ? [] : [[point, cell(name)] as const];
  });
  return { line, item: cell('item'), points: Object.fromEntries(points), comment: cell('comment') };
}
