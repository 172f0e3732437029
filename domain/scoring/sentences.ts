/** Counts sentences: as the rule of the Skill-Mix protocol does, whose quirks are part of it, or as Unicode does. */
import type { Study } from '../../contracts/study.ts';

export type SentenceRule = Study['evaluation']['sentences'];

const TITLES = /(Mr|Mrs|Ms|Dr|Prof)\. /g;

/** Where a sentence ends: a mark, quotes or none, one space, quotes or none, a capital: ASCII alone, as published. */
const BOUNDARY = /[.!?]["']* ["']*[A-Z]/;

/** At least 1, also for an empty text. */
export function countSentences(text: string, rule: SentenceRule = 'protocol'): number {
  const closed = text.replace(TITLES, '$1.');
  return rule === 'segmenter' ? countSegments(closed) : closed.split(BOUNDARY).length;
}

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });

/** Sentences by Unicode's rules (UAX 29): blanks of any number and line breaks part them too. Marks alone are none. */
function countSegments(text: string): number {
  let count = 0;
  for (const { segment } of segmenter.segment(text)) if (/[\p{L}\p{N}]/u.test(segment)) count += 1;
  return Math.max(1, count);
}
