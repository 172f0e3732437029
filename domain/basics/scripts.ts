/**
 * Text of any script, made comparable. Some scripts write no blanks between words: what is counted or looked up as
 * words in others is counted or looked up as characters there, which needs no dictionary and so no version of one.
 */

/** Scripts that part no words. Tibetan is not among them: it parts syllables by a mark of its own. */
const UNSPACED_SCRIPTS = [
  ...['Han', 'Hiragana', 'Katakana', 'Bopomofo', 'Yi', 'Tangut', 'Nushu', 'Khitan_Small_Script'],
  ...['Thai', 'Lao', 'Khmer', 'Myanmar', 'Tai_Le', 'New_Tai_Lue', 'Tai_Tham', 'Tai_Viet', 'Ahom'],
  ...['Javanese', 'Balinese', 'Cham'],
];

/** Sources of regular expressions with flag `u`: a letter or digit of such a script, and any other letter or digit. */
export const UNSPACED = `(?=[\\p{L}\\p{N}])[${UNSPACED_SCRIPTS.map((script) => `\\p{scx=${script}}`).join('')}]`;
export const SPACED = `(?!${UNSPACED})[\\p{L}\\p{M}\\p{N}]`;

/** A character of a script without blanks, or a whole word of another script; each with its combining marks. */
const TOKEN = new RegExp(`${UNSPACED}\\p{M}*|(?:${SPACED})+`, 'gu');

export interface Token {
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

export const tokensOf = (text: string): Token[] =>
  [...text.matchAll(TOKEN)].map(({ 0: found, index }) => ({ text: found, start: index, end: index + found.length }));

const STARTS_UNSPACED = new RegExp(`^${UNSPACED}`, 'u');
const HAS_UNSPACED = new RegExp(UNSPACED, 'u');
export const isUnspaced = ({ text }: Pick<Token, 'text'>): boolean => STARTS_UNSPACED.test(text);
export const hasUnspaced = (text: string): boolean => HAS_UNSPACED.test(text);

/** Soft hyphens, zero-width characters, marks of direction, variation selectors: a reader sees nothing of them. */
const INVISIBLE = /[\p{Cf}\p{Default_Ignorable_Code_Point}]/gu;

/** Text that has one form already: Latin letters, each one character, and the usual punctuation. */
const PLAIN = /^[\t\n\r -~\u00a0-\u00ac\u00ae-\u02ff\u2010-\u2027\u2030-\u205e]*$/;

/** Letters and digits beyond Latin that have another form, such as full-width, half-width and circled ones. */
const OTHER_FORMS = /(?![\0-\u02ff])[\p{L}\p{M}\p{Nd}\u24b6-\u24e9\u2f00-\u2fdf\uff01-\uffef]+/gu;

/**
 * One form for what looks the same: letters composed with their marks, full-width and half-width forms as usual ones.
 * Invisible characters are replaced, by nothing unless told otherwise. Case stays; so does the sign in "50 ½ ™".
 */
export function plainForm(text: string, invisible: '' | ' ' = ''): string {
  if (PLAIN.test(text)) return text;
  return text
    .replace(INVISIBLE, invisible)
    .normalize('NFC')
    .replace(OTHER_FORMS, (run) => run.normalize('NFKC'))
    .normalize('NFC');
}

/** Marks that compose with no letter, or that may be left out in writing; those of voiced kana make another letter. */
const OPTIONAL_MARK = /(?![\u3099\u309a])(?=\p{M})[\p{Script=Inherited}\p{Script=Hebrew}\p{Script=Arabic}]/gu;

/** Equal for spellings of one word in `plainForm` that differ in case, ß and ss, or optional marks. */
export const foldWord = (word: string): string =>
  word.toUpperCase().toLowerCase().replaceAll('ς', 'σ').replace(OPTIONAL_MARK, '');
