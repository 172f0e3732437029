/** Rules that name how a text fails. Each is a function of the text, its combination and its points alone. */
import type { Catalog, Rubric } from '../../contracts/catalog.ts';
import { SIGNATURES, type Signature } from '../../contracts/outputs/failure-description.ts';
import { countSentences, type SentenceRule } from '../scoring/sentences.ts';
import { namesSkill } from '../scoring/skill-names.ts';

/** What rules see of a text that has a score. */
export interface Judged {
  readonly end: 'generated' | 'refused' | 'truncated';
  /** Empty where the text was refused or truncated: it is not kept. */
  readonly text: string;
  readonly k: number;
  readonly topicName: string;
  /** k skill points, then the rubric's. */
  readonly points: readonly number[];
  /** For each skill, whether the text names it. */
  readonly names: readonly boolean[];
  readonly sentences: SentenceRule;
}

/** Positions, among the rubric's points, of those that rules need; undefined if the rubric lacks one. */
export interface PointPlaces {
  readonly topic: number | undefined;
  readonly length: number | undefined;
}

/** Finds the topic's point by its label, whose template contains `topic`. */
export function placesOf({ points }: Rubric): PointPlaces {
  const find = (matches: (point: Rubric['points'][number]) => boolean): number | undefined => {
    const place = points.findIndex(matches);
    return place < 0 ? undefined : place;
  };
  return {
    topic: find(({ label }) => /\{\{\{?\s*topic\s*\}\}/.test(label)),
    length: find(({ rule }) => rule === 'sentence-limit'),
  };
}

type Rule = (text: Judged, places: PointPlaces) => boolean;

const RULES: Readonly<Record<Signature, Rule>> = {
  refused: ({ end }) => end === 'refused',
  truncated: ({ end }) => end === 'truncated',
  empty: (judged) => isWritten(judged) && !hasWords(judged.text),
  lists: (judged) => isComposition(judged) && countParts(judged.text) >= judged.k,
  'one-by-one': (judged) => isComposition(judged) && isOneByOne(judged),
  'too-long': ({ points, k }, { length }) => points.slice(0, k).every(isEarned) && isLost(points, k, length),
  'off-topic': (judged, { topic }) =>
    isWritten(judged) && hasWords(judged.text) && isLost(judged.points, judged.k, topic),
  names: (judged) => isWritten(judged) && judged.names.some((named, skill) => named && !isEarned(judged.points[skill])),
};

/** Signatures of a text, in the order of `SIGNATURES`; none for a text with full marks. */
export function signaturesOf(judged: Judged, places: PointPlaces): Signature[] {
  if (hasFullMarks(judged)) return [];
  return SIGNATURES.filter((signature) => RULES[signature](judged, places));
}

/** False where the rubric lacks the point that the rule needs: its count is n/a, not 0. */
export function canTell(signature: Signature, { topic, length }: PointPlaces): boolean {
  if (signature === 'too-long') return length !== undefined;
  if (signature === 'off-topic') return topic !== undefined;
  return true;
}

const isEarned = (point: number | undefined): boolean => point === 1;
const isWritten = ({ end }: Judged): boolean => end === 'generated';
const hasWords = (text: string): boolean => /[\p{L}\p{N}]/u.test(text);
const isLost = (points: readonly number[], k: number, place: number | undefined): boolean =>
  place !== undefined && !isEarned(points[k + place]);

export const hasFullMarks = ({ points }: Pick<Judged, 'points'>): boolean => points.every(isEarned);

/** A text of a single skill composes nothing, so `lists` and `one-by-one` do not apply. */
const isComposition = (judged: Judged): boolean => isWritten(judged) && judged.k > 1;

/** Number of lines with words; in a single line, number of parts between semicolons or bullets. */
function countParts(text: string): number {
  const lines = text.split(/\r\n|[\n\r\u2028]/).filter(hasWords);
  const [line = ''] = lines;
  if (lines.length > 1) return lines.length;
  return Math.max(
    line.split(/[;；]/).filter(hasWords).length,
    line.split(/[•▪◦‣]|(?:^|\s)[-*]\s/u).filter(hasWords).length,
  );
}

/** Whether the text has a sentence for each skill, or more, of which at most one names the topic. */
function isOneByOne({ text, k, topicName, sentences }: Judged): boolean {
  if (countSentences(text, sentences) < k) return false;
  const topic = topicName.replace(/^(?:the|an?)\s+/i, '');
  const onTopic = [...segmenter.segment(text)].filter(({ segment }) => namesSkill(segment, topic, 'inflected'));
  return onTopic.length <= 1;
}

const segmenter = new Intl.Segmenter('en', { granularity: 'sentence' });

export const topicNameOf = ({ topics }: Catalog, id: string): string =>
  topics.find((topic) => topic.id === id)?.name ?? id;
