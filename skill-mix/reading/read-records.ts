/** Reads one `records.csv`: quotes strictly, line ends and byte order marks tolerantly. Faults are reasons, not errors. */
import { createHash } from 'node:crypto';
import { readFileSync, realpathSync, statSync } from 'node:fs';
import { relative } from 'node:path';
import { parse, type CsvError } from 'csv-parse/sync';
import type { Cells } from '../scoring/records.ts';

export type ReadRecords =
  | {
      readonly end: 'read';
      readonly digest: string;
      readonly header: readonly string[];
      readonly rows: readonly Cells[];
      /** Rows whose number of cells is not the header's. */
      readonly uneven: number;
    }
  | { readonly end: 'unreadable'; readonly reason: string };

/**
 * `folder` is what the user asked to score. A link in it could lead to any file of this machine, so a link that leaves
 * the folder is not followed.
 */
export function readRecords(path: string, folder: string): ReadRecords {
  const bytes = readBytes(path, folder);
  if (typeof bytes === 'string') return unreadable(bytes);
  const fault = findBinary(bytes);
  if (fault !== undefined) return unreadable(fault);
  try {
    const [header = [], ...lines] = parse(bytes, {
      bom: true,
      skip_empty_lines: true,
      relax_column_count: true,
      record_delimiter: ['\r\n', '\n', '\r'],
    });
    return checkRead(header, lines, createHash('sha256').update(bytes).digest('hex'));
  } catch (error) {
    return unreadable(explainCsv(error));
  }
}

const unreadable = (reason: string): ReadRecords => ({ end: 'unreadable', reason });

function readBytes(path: string, folder: string): Buffer | string {
  try {
    // Checked before it is opened: opening a named pipe would wait for somebody to write to it.
    if (!statSync(path).isFile()) return 'it is not a file';
    if (relative(realpathSync(folder), realpathSync(path)).startsWith('..'))
      return 'it is a link that leaves the folder';
    return readFileSync(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'ENOENT' ? 'there is no records.csv' : `it cannot be read (${code ?? String(error)})`;
  }
}

function findBinary(bytes: Buffer): string | undefined {
  if (bytes.length === 0) return 'it is empty';
  if (bytes.includes(0)) return 'it is binary, or not UTF-8';
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return undefined;
  } catch {
    return 'it is not UTF-8 text';
  }
}

function checkRead(names: readonly string[], lines: readonly string[][], digest: string): ReadRecords {
  const header = names.map((name) => name.trim());
  if (lines.length === 0) return unreadable('it has no row below its header');
  const rows = lines.map((line) => cellsOf(header, line));
  return { end: 'read', digest, header, rows, uneven: lines.filter((line) => line.length !== header.length).length };
}

/** A row by column name; of two columns with the same name the first counts. */
function cellsOf(header: readonly string[], line: readonly string[]): Cells {
  const cells: Record<string, string> = {};
  for (const [index, name] of header.entries()) {
    const cell = line[index];
    if (cell !== undefined && !Object.hasOwn(cells, name)) cells[name] = cell;
  }
  return cells;
}

function explainCsv(error: unknown): string {
  const { code, message, lines } = error as CsvError & { lines?: number };
  if (code === 'CSV_QUOTE_NOT_CLOSED') return 'it ends within a quoted cell: it is truncated';
  return `it is not valid CSV${lines === undefined ? '' : ` at line ${lines}`}: ${message.split('\n')[0] ?? code}`;
}
