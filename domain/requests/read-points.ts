/** The number of points in one cell, line or field of a grading, as graders write it. Undefined: it says none. */

const asciiDigits = new Map<string, string>();

/** A digit of any script as the ASCII digit. In Unicode the ten digits of a script follow each other. */
function toAsciiDigit(digit: string): string {
  const known = asciiDigits.get(digit);
  if (known !== undefined) return known;
  const code = digit.codePointAt(0) ?? 0;
  let value = 0;
  while (value < 9 && /^\p{Nd}$/u.test(String.fromCodePoint(code - value - 1))) value += 1;
  asciiDigits.set(digit, String(value));
  return String(value);
}

/** Signs that nobody sees: marks of direction and joining, zero-width spaces. */
export const dropInvisible = (text: string): string => text.replace(/\p{Cf}/gu, '');

/** Compatibility forms (full width) and digits of other scripts in the form that numbers are read in. */
export const normalizeDigits = (text: string): string => text.normalize('NFKC').replace(/[^\P{Nd}0-9]/gu, toAsciiDigit);

const NUMBER = /^(?:\d{1,9}(?:[.,]\d{1,9})?|[.,]\d{1,9})/;
/** Out of one point, in words or signs; out of any other number the points are unreadable. */
const OUT_OF_ONE = /^\s{0,3}(?:\/|out of)\s{0,3}1(?:[.,]0+)?(?![\d.,]\d|\d)/i;
const UNIT = /^\s{0,3}(?:points?|pts?|marks?)(?![\p{L}\p{N}])/iu;
/** What may follow: nothing, a full stop or comma, or a remark in brackets or after a dash that does not open with a number. */
const END = /^\s{0,3}[.,;]?\s*(?:$|\(|\s?[–—-]\s+(?!\d))/;
const LONGEST = 2_000;

/** The remark after the points gives others: 0 where they are 1, no where they are 1, yes where they are 0. */
function contradicts(points: number, remark: string): boolean {
  const other =
    /(?:^|[,;:=→(]|->|\b(?:but|so|be|actually|rather|or)\b)\s{0,3}([01])(?:[.,]0+)?\s{0,3}(?:points?\b)?\s{0,3}(?=$|[).,;!])/gi;
  const said = [...remark.matchAll(other)].map(([, digit]) => Number(digit));
  const word = /^[\s(–—-]*(no|yes)\s{0,3}(?=$|[).,;!])/i.exec(remark)?.[1]?.toLowerCase();
  if (word !== undefined) said.push(word === 'yes' ? 1 : 0);
  // Points in between agree with no verdict of all or nothing.
  return said.some((verdict) => (points === 0 || points === 1) && verdict !== points);
}

/** "1", "0.5", ".5", "0,5", "1/1", "1 out of 1", "[1]", "1 point", "1 (plainly)", digits of any script. */
export function readPoints(written: string): number | undefined {
  const trimmed = dropInvisible(written).trim();
  if (trimmed.length > LONGEST) return undefined;
  let rest = normalizeDigits(unbracket(trimmed));
  const number = NUMBER.exec(rest)?.[0];
  if (number === undefined || /^0\d/.test(number)) return undefined;
  rest = rest.slice(number.length);
  for (const part of [OUT_OF_ONE, UNIT]) rest = rest.slice(part.exec(rest)?.[0].length ?? 0);
  const points = Number(number.replace(',', '.'));
  return END.test(rest) && !contradicts(points, rest) ? points : undefined;
}

const unbracket = (text: string): string => /^[[(]\s{0,3}([^[\]()]{1,40})[\])]$/.exec(text)?.[1]?.trim() ?? text;
