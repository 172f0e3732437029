/** Numbers and names as the report writes them: a missing value is "n/a", never 0. */
import type { Counts, Estimate } from '../../../contracts/results.ts';

export const NOT_AVAILABLE = 'n/a';

const signed = (text: string): string => text.replace('-', '\u2212');

/** Ties go away from 0, as readers round: 3 of 80 is 0.038, though the binary number lies a little below 0.0375. */
const TIE = 1e-12;

export function formatNumber(value: number | null | undefined, digits: number): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return NOT_AVAILABLE;
  const text = (value + Math.sign(value) * TIE).toFixed(digits);
  return signed(Number(text) === 0 ? text.replace('-', '') : text);
}

/** With a sign, as differences are written. */
export function formatDifference(value: number | null, digits: number): string {
  const text = formatNumber(value, digits);
  return value !== null && Number(value.toFixed(digits)) > 0 ? `+${text}` : text;
}

/** Thousands apart by a narrow blank, the same on every machine (no locale). */
export const formatCount = (value: number): string => signed(String(value)).replace(/\B(?=(\d{3})+(?!\d))/g, '\u202f');

export const formatEstimate = ({ mean, se }: Estimate, digits = 3): string =>
  mean === null ? NOT_AVAILABLE : `${formatNumber(mean, digits)} ± ${formatNumber(se, digits)}`;

export const formatInterval = (range: readonly [number, number] | null, digits = 3): string =>
  range === null ? NOT_AVAILABLE : `[${formatNumber(range[0], digits)}, ${formatNumber(range[1], digits)}]`;

export const formatShare = (part: number, whole: number): string =>
  whole === 0 ? NOT_AVAILABLE : `${formatNumber((100 * part) / whole, 1)}\u00a0%`;

/** Items without a score: only then do the bounds of a metric differ from its mean. */
export const isIncomplete = ({ failed, missing, unparsable }: Counts): boolean => failed + missing + unparsable > 0;

/** "a", "a and b", "a, b and c". */
export function joinWords(words: readonly (string | number)[]): string {
  const last = words.at(-1);
  if (last === undefined) return 'none';
  return words.length === 1 ? String(last) : `${words.slice(0, -1).join(', ')} and ${last}`;
}

export const countOf = (count: number, noun: string, plural = `${noun}s`): string =>
  `${formatCount(count)} ${count === 1 ? noun : plural}`;

/** US dollars: four decimals, more where four would round a price to nothing. */
export const formatUsd = (usd: number): string => formatNumber(usd, usd > 0 && usd < 0.001 ? 9 : 4);

/** Dollars as a sentence has them: in cents from ten dollars on, below as exact as `formatUsd`, without needless zeros. */
export const formatDollars = (usd: number): string => {
  const most = usd >= 10 ? 2 : usd > 0 && usd < 0.001 ? 9 : 4;
  return `$${usd.toLocaleString('en', { minimumFractionDigits: 2, maximumFractionDigits: most })}`;
};
