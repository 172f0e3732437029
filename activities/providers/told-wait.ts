/** How long to wait before a request is sent again: what a provider's headers say, and what is made of it. In milliseconds. */

/** Temporal reads a next delay of 0 as "no more tries": nothing is ever tried again sooner than this. */
export const SHORTEST_WAIT_MS = 500;
/** No limit of a minute or an hour makes a request wait longer. A provider that asks for more is held, so that a person sees it. */
export const LONGEST_WAIT_MS = 10 * 60_000;
const BACKOFF_CEILING_MS = 60_000;
const FIRST_BACKOFF_MS = 250;

/** Doubles with each attempt, from half a second to a minute. */
export const backoffOf = (attempt: number): number =>
  Math.min(BACKOFF_CEILING_MS, Math.max(SHORTEST_WAIT_MS, FIRST_BACKOFF_MS * 2 ** attempt));

/**
 * The wait before the next attempt: never below `least`, and with jitter, so that a hundred waiting calls do not come back
 * in one moment. Jitter only lengthens what a provider asked for.
 */
export function waitBeforeRetry(least: number, random = Math.random()): number {
  const wait = Number.isNaN(least) ? BACKOFF_CEILING_MS : Math.max(SHORTEST_WAIT_MS, least);
  return Math.round(Math.min(LONGEST_WAIT_MS, wait * (1 + random / 2)));
}

/**
 * What `retry-after-ms`, or else `retry-after` (seconds, or a date by the clock of whoever sent it) asks for. Undefined for
 * what asks for nothing that can be waited for: no header, an empty one, 0, a negative number, a date that is past, words.
 */
// eslint-disable-next-line no-restricted-properties -- only where the sender's clock is not known
export function toldWait(headers: Headers | undefined, now = Date.now()): number | undefined {
  const milliseconds = numberIn(headers?.get('retry-after-ms'));
  if (milliseconds !== undefined) return milliseconds;
  const text = headers?.get('retry-after')?.trim();
  const seconds = numberIn(text);
  if (seconds !== undefined) return seconds * 1000;
  const date = dateIn(text);
  if (date === undefined) return undefined;
  const wait = date - (dateIn(headers?.get('date')) ?? now);
  return wait > 0 ? wait : undefined;
}

/** Above 0. A header that was sent twice is a list: the longest of its waits holds. */
function numberIn(text: string | null | undefined): number | undefined {
  const parts = (text ?? '').split(',').map((part) => part.trim());
  if (!parts.every((part) => /^(?:\d+\.?\d*|\.\d+)$/.test(part))) return undefined;
  const largest = Math.max(...parts.map(Number));
  return largest > 0 ? largest : undefined;
}

/** As HTTP writes dates, or ISO 8601. Numbers and words, which `Date.parse` makes dates of, are none. */
function dateIn(text: string | null | undefined): number | undefined {
  if (!/^\s*(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,? |\d{4}-\d{2}-\d{2}T)/i.test(text ?? '')) return undefined;
  const date = Date.parse(text ?? '');
  return Number.isNaN(date) ? undefined : date;
}
