/** Counts sentences: by the rule of the Skill-Mix protocol, quirks included, or by Unicode's. */
import type { Study } from '../../contracts/study.ts';
import { UNSPACED } from '../basics/scripts.ts';

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
  return rule === 'segmenter' ? countSegments(closed) : closed.split(BOUNDARY).length + countOtherEnds(closed);
}

/** Marks that end a sentence, those of Latin text aside; of Tibetan and Thai those that Unicode does not count as such. */
const MARK = '(?![!.?\\u203c-\\u203d\\u2047-\\u2049])[\\p{Sentence_Terminal}\\u0e5a\\u0e5b\\u0f0d\\u0f0e]';
const CLOSED = '["\'”’»›」』）)】〉》\\]]*';
const OPENED = '["\'“‘«‹「『（(【〈《\\[]*';

/**
 * What the published pattern cannot see, as it knows A to Z alone: the marks of other scripts wherever text follows;
 * ". ! ?" before a capital, or a letter of a script without capitals; and, in scripts without blanks, before any letter.
 * A single letter or a number before a full stop is an abbreviation or a place in a list.
 */
const OTHER_ENDS = new RegExp(
  [
    `(?:${MARK})+(?<!\\p{N}．(?=\\p{N}))${CLOSED}`,
    `(?:[!?]|(?<!(?:^|\\P{L})[\\p{Lu}\\p{Ll}]|\\p{N})\\.|(?<=\\p{Script=Greek})[;\\u037e])` +
      `${CLOSED}\\s+${OPENED}(?!\\p{Script=Latin})[\\p{Lu}\\p{Lo}]`,
    `(?:[!?]|(?<=${UNSPACED})\\.)${CLOSED}${OPENED}${UNSPACED}`,
  ].join('|'),
  'gu',
);

/** A quotation, its last words, its closing mark before a letter: the sentence may continue there. */
const QUOTATION = new RegExp(`([“「『«][^“”「」『』«»]*)([”」』»])(?=${UNSPACED})`, 'gu');
const LAST_MARKS = new RegExp(`(?:${MARK}|[.!?…]){1,8}$`, 'u');

/** Drops the marks at the end of quotations that nothing announces, as in 「止まれ！」と言った. */
const dropQuotedEnds = (text: string): string =>
  text.replace(QUOTATION, (whole, said: string, close: string, place: number) =>
    /[:：,，、]\s?$/.test(text.slice(Math.max(0, place - 2), place)) ? whole : said.replace(LAST_MARKS, '') + close,
  );

/** Marks after the last letter end the last sentence, and part nothing. */
function countOtherEnds(text: string): number {
  if (!BEYOND_LATIN.test(text)) return 0;
  const open = dropQuotedEnds(text);
  let last = open.length;
  while (last > 0 && !/[\p{L}\p{N}\p{Cs}]/u.test(open.charAt(last - 1))) last -= 1;
  return [...open.matchAll(OTHER_ENDS)].filter(({ index }) => index < last).length;
}

const BEYOND_LATIN = /[\u0370-\u1dff\u1f00-\u1fff\u2d00-\uabff\uac00-\u{10ffff}]/u;

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
