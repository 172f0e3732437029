/**
 * Finds the text in a writer's reply (Skill-Mix: after the last "Answer:" and before "Explanation"). Every reply has a
 * text, if an empty one: a writer's bad reply is its outcome. Time grows with the reply's length and no faster.
 */
import type { AnswerFormat } from '../../contracts/catalog.ts';
import { SPACED } from '../basics/scripts.ts';

export interface ReadAnswer {
  readonly text: string;
  /** False if the reply has no label; then everything before "Explanation" is the text. */
  readonly labelled: boolean;
}

/** A letter or digit before a label makes it part of a word, save in scripts that write no blanks. */
const NOT_IN_WORD = `(?<!${SPACED})`;
const ANSWER = new RegExp(`${NOT_IN_WORD}answer[*_]*\\s*[:：][*_]*`, 'giu');

/** In lower case "explanation" counts only with a colon, because a text may use the ordinary word. */
const EXPLANATION = new RegExp(
  `${NOT_IN_WORD}(?:Explanation(?!${SPACED})|EXPLANATION(?!${SPACED})|explanation[*_]*\\s*[:：])`,
  'gu',
);

const CLOSING: Readonly<Record<string, string>> = {
  '"': '"',
  "'": "'",
  '“': '”',
  '‘': '’',
  '«': '»',
  '「': '」',
  '『': '』',
};

export function readAnswer(reply: string, format: AnswerFormat): ReadAnswer {
  if (format === 'plain') return { text: reply.trim(), labelled: false };
  const explanations = [...reply.matchAll(EXPLANATION)].map(({ index }) => index);
  const start = findAnswer(reply, explanations);
  const end = explanations.find((at) => at >= (start ?? 0));
  const body = reply.slice(start ?? 0, end === undefined ? reply.length : beforeMarks(reply, end));
  return start === undefined ? { text: body.trim(), labelled: false } : { text: unwrap(body), labelled: true };
}

/**
 * Position at which the text of the last answer begins. A label inside a line of the explanation belongs to it and
 * begins no other answer.
 */
function findAnswer(reply: string, explanations: readonly number[]): number | undefined {
  let start: number | undefined;
  let passed = 0;
  for (const { 0: label, index } of reply.matchAll(ANSWER)) {
    while ((explanations[passed] ?? Infinity) < (start ?? 0)) passed += 1;
    const explained = start !== undefined && (explanations[passed] ?? Infinity) < index;
    if (!explained || opensLine(reply, index)) start = index + label.length;
  }
  return start;
}

const MARKS = new Set('*_#>`-–—•"\'“‘« \t');

/** Whether a position begins a line other than the first, not counting layout marks. */
function opensLine(reply: string, place: number): boolean {
  let at = place - 1;
  while (MARKS.has(reply.charAt(at))) at -= 1;
  return reply.charAt(at) === '\n' || reply.charAt(at) === '\r';
}

/** Moves back over the marks of bold and headings that belong to a label. */
function beforeMarks(reply: string, place: number): number {
  let at = place;
  while (at > 0 && '*_'.includes(reply.charAt(at - 1))) at -= 1;
  while (reply.charAt(at - 1) === ' ') at -= 1;
  while (reply.charAt(at - 1) === '#') at -= 1;
  return at;
}

/**
 * Drops bold and quotation marks that enclose the whole text; if the same marks occur inside too, they belong to the
 * text.
 */
function unwrap(text: string): string {
  const trimmed = text.trim();
  const bold = ['**', '__'].find((mark) => trimmed.length >= 4 && trimmed.startsWith(mark) && trimmed.endsWith(mark));
  const plain = trimmed.slice(2, -2);
  if (bold !== undefined && !plain.includes('**') && !plain.includes('__')) return unwrap(plain);
  const open = trimmed.charAt(0);
  const close = CLOSING[open];
  if (close === undefined || trimmed.length < 2 || !trimmed.endsWith(close)) return trimmed;
  const inner = trimmed.slice(1, -1);
  return inner.includes(open) || inner.includes(close) ? trimmed : unwrap(inner);
}
