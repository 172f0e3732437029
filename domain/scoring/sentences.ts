/** Counts sentences: by the rule of the Skill-Mix protocol, quirks included, or by Unicode's. */
import type { Study } from '../../contracts/study.ts';

export type SentenceRule = Study['evaluation']['sentences'];

const TITLES = /(Mr|Mrs|Ms|Dr|Prof)\. /g;

/**
 * Where a sentence ends: a mark, quotes or none, one space, quotes or none, a capital. ASCII alone, as in the released
 * code.
 */
const BOUNDARY = /[.!?]["']* ["']*[A-Z]/;

/** At least 1, also for an empty text. */
export function countSentences(text: string, rule: SentenceRule = 'protocol'): number {
  const closed = text.replace(TITLES, '$1.');
  return rule === 'segmenter' ? countSegments(closed) : closed.split(BOUNDARY).length;
}

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });

/**
 * Sentences by Unicode's rules (UAX 29): any number of blanks and line breaks may separate them. A segment without a
 * letter or digit does not count.
 */
function countSegments(text: string): number {
  let count = 0;
  for (const { segment } of segmenter.segment(text)) if (/[\p{L}\p{N}]/u.test(segment)) count += 1;
  return Math.max(1, count);
}
