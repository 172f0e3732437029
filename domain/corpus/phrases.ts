/** Finds names as whole words or phrases in running text, whatever their case, line breaks or hyphens. */

export interface Phrase {
  /** As it is reported. */
  readonly name: string;
  readonly words: readonly string[];
}

export interface PhraseMatch {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

interface Word {
  readonly word: string;
  readonly start: number;
  readonly end: number;
}

/** What may stand between the words of a phrase: blanks, hyphens, apostrophes, but no end of a clause. */
const GAP = /^[\s\p{Pd}_'’/]+$/u;

const wordsOf = (text: string): Word[] =>
  [...text.matchAll(/[\p{L}\p{M}\p{N}]+/gu)].map((match) => ({
    word: match[0].toLowerCase(),
    start: match.index,
    end: match.index + match[0].length,
  }));

/** A name counts without its article and its explanation in brackets: "accident (fallacy)" is any "accident". */
const coreOf = (name: string): string => name.replace(/\s*\(.*$/s, '').replace(/^(?:the|an?)\s+/i, '') || name;

const phraseOf = (name: string): Phrase => ({ name, words: wordsOf(coreOf(name)).map(({ word }) => word) });

/** A finder for many names at once: each word of a text is looked up once. */
export function makePhraseFinder(names: readonly string[]): (text: string) => PhraseMatch[] {
  const byFirst = new Map<string, Phrase[]>();
  for (const phrase of names.map(phraseOf)) {
    const [first] = phrase.words;
    if (first !== undefined) byFirst.set(first, [...(byFirst.get(first) ?? []), phrase]);
  }
  return (text) => {
    const words = wordsOf(text);
    return words.flatMap(({ word }, at) =>
      (byFirst.get(word) ?? []).flatMap((phrase) => matchAt(text, words.slice(at, at + phrase.words.length), phrase)),
    );
  };
}

function matchAt(text: string, words: readonly Word[], phrase: Phrase): PhraseMatch[] {
  const [first] = words;
  const last = words.at(-1);
  const fits =
    words.length === phrase.words.length &&
    words.every(({ word, start }, index) => {
      const before = words[index - 1];
      return word === phrase.words[index] && (!before || GAP.test(text.slice(before.end, start)));
    });
  return fits && first && last ? [{ name: phrase.name, start: first.start, end: last.end }] : [];
}

/** Does the match lie wholly within one place where one of the `stretches` stands in the text? */
export function liesWithin(text: string, match: PhraseMatch, stretches: readonly string[]): boolean {
  return stretches.some((stretch) => {
    if (stretch.length === 0) return false;
    for (let at = text.indexOf(stretch); at >= 0 && at <= match.start; at = text.indexOf(stretch, at + 1))
      if (match.end <= at + stretch.length) return true;
    return false;
  });
}
