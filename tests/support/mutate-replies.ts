/** Replies of graders in every form, and what happens to replies on their way: for fuzzing the reader. */
import type { GradingShape } from '../../domain/requests/read-grading.ts';

export type Form = GradingShape['format'];
export const FORMS: readonly Form[] = ['table', 'lines', 'json'];

/** Numbers from 0 to below `limit`, the same for the same seed. */
export function makeDice(seed: number): (limit: number) => number {
  let state = seed >>> 0;
  return (limit) => {
    state = (Math.imul(state ^ (state >>> 15), 0x2c1b3c6d) + 0x9e3779b9) >>> 0;
    const mixed = Math.imul(state ^ (state >>> 13), 0x297a2d39) >>> 0;
    return ((mixed ^ (mixed >>> 16)) >>> 0) % limit;
  };
}

const LABELS = [
  'shows metaphor',
  'shows red herring',
  'shows irony',
  'shows modus ponens',
  'is about Sewing',
  'makes sense',
];
export const labelsFor = (points: number): string[] =>
  Array.from({ length: points }, (_, index) => LABELS[index] ?? `criterion ${String.fromCharCode(97 + index)}`);

export function writeGrading(points: readonly number[], form: Form, labels: readonly string[]): string {
  if (form === 'lines')
    return points.map((value, index) => `${index + 1}. ${labels[index]}: a reason.\nPoint earned: ${value}`).join('\n');
  if (form === 'json')
    return JSON.stringify({
      criteria: points.map((value, index) => ({ criterion: labels[index], reason: 'it does', points: value })),
    });
  const rows = points.map((value, index) => `| ${index + 1}. ${labels[index]} | ${value} |`);
  return ['| criterion | points |', '| --- | --- |', ...rows].join('\n');
}

const JUNK = [
  ...[
    '',
    '|',
    '\n',
    '1',
    '0',
    '2',
    '-',
    '/',
    'x',
    '**',
    ' | 1 |',
    ' | 0 |',
    'Total',
    '\r',
    '½',
    '１',
    '٠',
    '०',
    '{',
    '}',
  ],
  ...[
    '"',
    '[',
    ']',
    ':',
    ',',
    '\\',
    '\0',
    '\uD800',
    '\u202E',
    '```',
    'Point earned: 0',
    'points',
    '0.5',
    '1/1',
    '1 2',
    ' ',
  ],
];

/** One to four cuts, insertions, repetitions or exchanges. */
export function mutate(reply: string, dice: (limit: number) => number): string {
  let changed = reply;
  for (let edits = 1 + dice(4); edits > 0; edits -= 1) {
    const place = dice(changed.length + 1);
    const length = dice(14);
    const kind = dice(4);
    const piece = changed.slice(place, place + length);
    if (kind === 0) changed = changed.slice(0, place) + (JUNK[dice(JUNK.length)] ?? '') + changed.slice(place + length);
    else if (kind === 1) changed = changed.slice(0, place) + (JUNK[dice(JUNK.length)] ?? '') + changed.slice(place);
    else if (kind === 2) changed = changed.slice(0, place) + piece + piece + changed.slice(place + length);
    else changed = exchangeLines(changed, dice);
  }
  return changed;
}

function exchangeLines(reply: string, dice: (limit: number) => number): string {
  const lines = reply.split('\n');
  const [from, to] = [dice(lines.length), dice(lines.length)];
  [lines[from], lines[to]] = [lines[to] ?? '', lines[from] ?? ''];
  return lines.join('\n');
}

/** How many digits 0, or 1, of any script stand in a reply. */
const digitsIn = (reply: string, zero: boolean): number =>
  [...reply.normalize('NFKC')].filter((sign) => /^\p{Nd}$/u.test(sign) && isDigit(sign, zero ? 0 : 1)).length;

const isDigit = (sign: string, value: number): boolean => {
  const code = sign.codePointAt(0) ?? 0;
  const isNd = (at: number) => /^\p{Nd}$/u.test(String.fromCodePoint(at));
  return code < 128 ? sign === String(value) : isNd(code - value) && !isNd(code - value - 1);
};

/** What is wrong with a reading; undefined for a sound one: no point that the reply does not say, no silent 0. */
export function findFault(reply: string, read: unknown, points: number): string | undefined {
  const { end, reason, points: given } = read as { end: string; reason?: string; points?: number[] };
  if (end === 'unparsable') return reason === undefined || reason === '' ? 'no reason is named' : undefined;
  if (given?.length !== points) return `${given?.length} points instead of ${points}`;
  if (!given.every((value) => value >= 0 && value <= 1)) return `${given.join()} leave 0 to 1`;
  for (const value of [0, 1])
    if (given.filter((point) => point === value).length > digitsIn(reply, value === 0)) return `${value} is not said`;
  return undefined;
}
