/**
 * Whether a text names a skill. Naming a skill is not showing it, so the text may lose the point (Skill-Mix name
 * deduction).
 */
import type { Study } from '../../contracts/study.ts';
import { isUnspaced, plainForm, tokensOf } from '../basics/scripts.ts';

export type NameRule = Exclude<Study['evaluation']['deductNames'], 'off'>;

/** The part of a name before any parenthesis, in lower case: "accident (fallacy)" is named by "accident". */
const bareName = (name: string): string => plainForm(name).replace(/\(.*$/s, '').trim().toLowerCase();

/**
 * `names`: the text contains the exact name, inside longer words too, as in the protocol. `inflected`: that, or its
 * words one after the other, hyphenated or not, each in an inflected or derived form.
 */
export function namesSkill(text: string, name: string, rule: NameRule): boolean {
  const bare = bareName(name);
  const plain = plainForm(text);
  if (bare === '') return false;
  if (plain.toLowerCase().includes(bare)) return true;
  return rule === 'inflected' && occursInflected(wordsOf(plain), wordsOf(bare));
}

/** Words without case, accents, apostrophes and hyphens; in scripts without blanks, characters with their marks. */
const wordsOf = (text: string): string[] =>
  tokensOf(text.toLowerCase().replace(POSSESSIVE, '')).flatMap((token) =>
    isUnspaced(token) ? [token.text] : plainWordsOf(token.text),
  );

const POSSESSIVE = /(?<=\p{L})['’](?=s(?!\p{L}))/gu;

const plainWordsOf = (text: string): string[] =>
  text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .match(/[\p{L}\p{N}]+/gu) ?? [];

function occursInflected(text: readonly string[], name: readonly string[]): boolean {
  const closed = name.length > 1 ? [name.join('')] : [];
  const starts = text.keys();
  for (const start of starts) {
    if (name.every((word, offset) => isForm(text[start + offset], word))) return true;
    if (closed.some((word) => isForm(text[start], word))) return true;
  }
  return false;
}

/** Endings of English that make another form of the same word. */
const ENDINGS = new Set(
  (
    's es ed d ing er ers or ors ly al ally ic ics ical ically ous ously ist ists istic ism isms ' +
    'ize izes ized izing ise ises ised ising ies ied ian y'
  ).split(' '),
);
/** Endings that a form may take the place of: irony - ironic, hyperbole - hyperbolic, hypothesis - hypotheses. */
const REPLACED = ['', 'e', 'y', 'is', 'ic', 's'];
/** A shorter stem matches only the word itself and its plural. */
const SHORTEST_STEM = 4;

function isForm(candidate: string | undefined, word: string): boolean {
  if (candidate === undefined) return false;
  if (candidate === word || candidate === `${word}s`) return true;
  return REPLACED.some((ending) => {
    if (!word.endsWith(ending)) return false;
    const stem = word.slice(0, word.length - ending.length);
    return stem.length >= SHORTEST_STEM && candidate.startsWith(stem) && ENDINGS.has(candidate.slice(stem.length));
  });
}
