/**
 * Finds names as whole words or phrases in running text, whatever their case, line breaks or hyphens, full-width forms
 * or invisible characters. In a script without blanks a name is found wherever its characters follow one another,
 * inside longer words too; in Korean, also where particles are attached to it.
 */
import { foldWord, isUnspaced, plainForm, tokensOf, type Token } from '../basics/scripts.ts';

export interface PhraseMatch {
  readonly name: string;
  /** The text as it was read: start and end are places there. */
  readonly read: string;
  readonly start: number;
  readonly end: number;
  /** Reads other texts in the same way. */
  readonly reading: Reading;
}

/** What stands for invisible characters: they may be inside a word, or part words as a zero-width space does. */
type Reading = '' | ' ';

interface Phrase {
  /** As it is reported. */
  readonly name: string;
  readonly words: readonly string[];
}

interface Word extends Token {
  readonly word: string;
}

/** What may separate the words of a phrase: blanks, hyphens, apostrophes, but no end of a clause. */
const GAP = /^[\s\p{Pd}_'’/]+$/u;
/** Nothing needs to stand between characters of a script without blanks, and dots part names there. */
const UNSPACED_GAP = /^[\s\p{Pd}_'’/·・‧]*$/u;
/** What parts the syllables of Tibetan. */
const TSHEG = /^[\u0f0b\u0f0c]$/;

const wordsOf = (text: string): Word[] => tokensOf(text).map((token) => ({ ...token, word: foldWord(token.text) }));

/** A name counts without its article and its explanation in brackets: "accident (fallacy)" is any "accident". */
const coreOf = (name: string): string => name.replace(/\s*\(.*$/s, '').replace(/^(?:the|an?)\s+/i, '') || name;

const HANGUL = /^\p{Script=Hangul}+$/u;

/** Korean writes compound names with blanks or without. */
function phrasesOf(name: string): Phrase[] {
  const words = wordsOf(coreOf(plainForm(name))).map(({ word }) => word);
  const joined = words.length > 1 && words.every((word) => HANGUL.test(word));
  return joined ? [words, [words.join('')]].map((one) => ({ name, words: one })) : [{ name, words }];
}

/** A finder for many names at once: each word of a text is looked up once. */
export function makePhraseFinder(names: readonly string[]): (text: string) => PhraseMatch[] {
  const byFirst = new Map<string, Phrase[]>();
  for (const phrase of names.flatMap(phrasesOf)) {
    const [first] = phrase.words;
    if (first !== undefined) byFirst.set(first, [...(byFirst.get(first) ?? []), phrase]);
  }
  const findIn = (read: string, reading: Reading): PhraseMatch[] => {
    const words = wordsOf(read);
    return words.flatMap(({ word }, at) =>
      stemsOf(word)
        .flatMap((stem) => byFirst.get(stem) ?? [])
        .flatMap((phrase) => matchAt(read, words.slice(at, at + phrase.words.length), phrase))
        .map((match) => ({ ...match, read, reading })),
    );
  };
  return (text) => {
    const [inside, between] = [plainForm(text, ''), plainForm(text, ' ')];
    return [...findIn(inside, ''), ...(between === inside ? [] : findIn(between, ' '))];
  };
}

/** The word, and in Korean what may stand before a particle. */
function stemsOf(word: string): string[] {
  if (!HANGUL.test(word)) return [word];
  return Array.from({ length: word.length }, (_, cut) => word.slice(0, word.length - cut));
}

/** Particles after a name of one syllable, with which many other words begin. */
const PARTICLES = new Set(
  '은 는 이 가 을 를 의 에 에서 에게 로 으로 와 과 도 만 이나 나 란 이란 라는 이라는'.split(' '),
);

function isWord(word: string, wanted: string | undefined, isLast: boolean): boolean {
  if (wanted === undefined || word === wanted) return word === wanted;
  if (!isLast || !HANGUL.test(wanted) || !word.startsWith(wanted)) return false;
  return wanted.length > 1 || PARTICLES.has(word.slice(wanted.length));
}

function matchAt(text: string, words: readonly Word[], phrase: Phrase): Pick<PhraseMatch, 'name' | 'start' | 'end'>[] {
  const [first] = words;
  const last = words.at(-1);
  const fits =
    words.length === phrase.words.length &&
    words.every(({ word }, index) => {
      const before = words[index - 1];
      const isLast = index === words.length - 1;
      return isWord(word, phrase.words[index], isLast) && (!before || joins(text, before, words[index]!));
    });
  if (!fits || !first || !last) return [];
  const particle = last.word.length - phrase.words.at(-1)!.length;
  return [{ name: phrase.name, start: first.start, end: last.end - (HANGUL.test(last.word) ? particle : 0) }];
}

function joins(text: string, before: Word, after: Word): boolean {
  const gap = text.slice(before.end, after.start);
  return (isUnspaced(before) || isUnspaced(after) ? UNSPACED_GAP : GAP).test(gap) || TSHEG.test(gap);
}

/** Whether the match lies wholly within one occurrence of one of the `stretches` in the text. */
export function liesWithin({ read, start, end, reading }: PhraseMatch, stretches: readonly string[]): boolean {
  return stretches.some((written) => {
    const stretch = plainForm(written, reading);
    if (stretch.length === 0) return false;
    for (let at = read.indexOf(stretch); at >= 0 && at <= start; at = read.indexOf(stretch, at + 1))
      if (end <= at + stretch.length) return true;
    return false;
  });
}
