/** The kinds of value that derivations compute with. What cannot be read or done throws `ValueError`. */
import { RE2JS, RE2JSException } from 're2js';
import type { ValuesKind } from '../../contracts/catalog.ts';
import { evaluate } from './evaluate.ts';
import { ValueError } from './polynomial.ts';
import { isEqual, writeRational, type Rational } from './rational.ts';

export interface Values<V> {
  /** `trusted`: written by the catalog, where functions are known. */
  read(written: string, trusted: boolean): V;
  /** The value that an operation of the catalog gives for the value before it. */
  apply(operation: string, before: V): V;
  isSame(left: V, right: V): boolean;
  write(value: V): string;
}

const algebra: Values<Rational> = {
  read: (written, trusted) => evaluate(written, { functions: trusted }),
  apply: (operation, before) => evaluate(operation, { functions: true, names: new Map([['x', before]]) }),
  isSame: isEqual,
  write: writeRational,
};

const LONGEST_TEXT = 10_000;

function bounded(text: string): string {
  if (text.length <= LONGEST_TEXT) return text;
  throw new ValueError(`it has more than ${LONGEST_TEXT} characters`);
}

const plain = (text: string): string => text.trim().replace(/\s+/g, ' ');

/** Rules of rewriting, one a line, each applied to all of the text that the one before it left. */
const text: Values<string> = {
  read: (written) => plain(bounded(written)),
  apply: (operation, before) =>
    plain(
      rulesOf(operation).reduce(
        (left, [pattern, replacement]) => bounded(compilePattern(pattern).matcher(left).replaceAll(replacement)),
        before,
      ),
    ),
  isSame: (left, right) => left === right,
  write: (value) => value,
};

function rulesOf(operation: string): (readonly [string, string])[] {
  return operation.split('\n').map((written) => {
    const at = written.indexOf('=>');
    if (at < 0) throw new ValueError(`"${written.trim()}" is no rule \`pattern => replacement\``);
    return [written.slice(0, at).trim(), written.slice(at + 2).trim()] as const;
  });
}

export const valuesOf = (kind: ValuesKind): Values<unknown> => (kind === 'text' ? text : algebra) as Values<unknown>;

const compiled = new Map<string, RE2JS>();
const MOST_COMPILED = 500;

/** RE2 matches in time that grows with the text alone, whatever the pattern: no reply can hang a worker. */
export function compilePattern(pattern: string): RE2JS {
  const known = compiled.get(pattern);
  if (known) return known;
  try {
    const made = RE2JS.compile(pattern);
    if (compiled.size >= MOST_COMPILED) compiled.clear();
    compiled.set(pattern, made);
    return made;
  } catch (error) {
    if (error instanceof RE2JSException) throw new ValueError(`it is no regular expression: ${error.message}`);
    throw error;
  }
}
