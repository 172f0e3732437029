/** Reads YAML files of users: limits their size and aliases, accepts UTF-8 only, and names the place of each error. */
import { isUtf8 } from 'node:buffer';
import { readFile, stat } from 'node:fs/promises';
import { isScalar, LineCounter, parseDocument } from 'yaml';
import type { z } from 'zod';
import { UserError } from '../../contracts/failures.ts';
import { explainMisfit } from './explain-misfit.ts';

/** The largest file that is read, in bytes: a study of a thousand skills stays below a tenth of it. */
const MAX_BYTES = 4 * 1024 * 1024;
const MAX_ALIASES = 100;

/** Throws `UserError` naming file, line and column. */
export async function readYaml(path: string): Promise<unknown> {
  const text = await readText(path);
  const lines = new LineCounter();
  const document = parseText(text, lines, path);
  const [error] = document.errors;
  if (error) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new UserError(
      `${path}, line ${line}, column ${col}: ${error.message.replace(/\.$/, '')}.`,
      'Correct the YAML there and run the same command again.',
    );
  }
  try {
    return document.toJS({ maxAliasCount: MAX_ALIASES });
  } catch (cause) {
    if (isTooDeep(cause)) throw tooDeep(path, cause);
    throw new UserError(`${path}: its aliases unfold into more than ${MAX_ALIASES} copies.`, 'Write the values out.', {
      cause,
    });
  }
}

/** A file as text, bounded in size. */
export const readText = async (path: string): Promise<string> => decode(await readBounded(path), path);

function parseText(text: string, lineCounter: LineCounter, path: string) {
  try {
    return parseDocument(text, { lineCounter, prettyErrors: false, uniqueKeys: isSameKey });
  } catch (cause) {
    if (isTooDeep(cause)) throw tooDeep(path, cause);
    throw cause;
  }
}

/** Treats `1` and `"1"` as equal keys, because both become the same key of an object. */
const isSameKey = (a: unknown, b: unknown): boolean =>
  a === b || (isScalar(a) && isScalar(b) && String(a.value) === String(b.value));

/** Whether the parser, which is recursive, ran out of stack. */
const isTooDeep = (error: unknown): boolean => error instanceof RangeError && /call stack/.test(error.message);

const tooDeep = (path: string, cause: unknown): UserError =>
  new UserError(`${path} is nested too deeply to be read.`, 'Is it the right file?', { cause });

async function readBounded(path: string): Promise<Buffer> {
  // Checked before the file is opened, because opening a pipe would wait for somebody to write to it.
  const { size } = await stat(path).then(
    (found) => (found.isFile() ? found : Promise.reject(notAFile(path, found.isDirectory()))),
    (error: NodeJS.ErrnoException) => Promise.reject(unreadable(path, error)),
  );
  if (size > MAX_BYTES)
    throw new UserError(
      `${path} has ${size.toLocaleString('en')} bytes; at most ${MAX_BYTES.toLocaleString('en')} are read.`,
      'Is it the right file?',
    );
  return readFile(path).catch((error: NodeJS.ErrnoException) => Promise.reject(unreadable(path, error)));
}

const notAFile = (path: string, folder: boolean): UserError =>
  new UserError(`${path} is ${folder ? 'a folder' : 'not a file'}.`, 'Name a YAML file, as studies/lab.yaml.');

const unreadable = (path: string, cause: NodeJS.ErrnoException): UserError =>
  new UserError(
    `${path} cannot be read: ${cause.code === 'ENOENT' ? 'there is no such file' : cause.message}.`,
    'Name an existing file, as studies/lab.yaml.',
    { cause },
  );

const decoder = new TextDecoder('utf-8', { fatal: true });

function decode(bytes: Buffer, path: string): string {
  try {
    return decoder.decode(bytes);
  } catch (cause) {
    const place = `${path}, line ${firstForeignLine(bytes)}`;
    throw new UserError(`${place}: this is not UTF-8 text.`, 'Save the file as UTF-8 and run the command again.', {
      cause,
    });
  }
}

/** The first line that is not UTF-8. Lines can be checked one by one, as no character contains the byte of a line break. */
function firstForeignLine(bytes: Buffer): number {
  for (let [line, start] = [1, 0]; start < bytes.length; line++) {
    const end = bytes.indexOf('\n', start);
    const next = end < 0 ? bytes.length : end + 1;
    if (!isUtf8(bytes.subarray(start, next))) return line;
    start = next;
  }
  return 1;
}

const MAX_COMPLAINTS = 5;

/** Parses with a schema; throws `UserError` with the first places that do not fit, and the nearest known key. */
export function parseWith<T extends z.ZodType>(schema: T, value: unknown, path: string): z.output<T> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  if (value === null || value === undefined)
    throw new UserError(`${path} is empty.`, 'Write it, or name another file; studies/lab.yaml is an example.');
  const complaints = explainMisfit(schema, value);
  const shown = complaints.slice(0, MAX_COMPLAINTS).map((line) => `  ${line}`);
  const rest = complaints.length - shown.length;
  throw new UserError(
    `${path} does not fit:\n${shown.join('\n')}${rest > 0 ? `\n  and ${rest} more.` : ''}`,
    'Correct these places and run the same command again.',
  );
}
