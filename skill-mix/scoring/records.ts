/** One graded text of a released Skill-Mix run, read from the cells of its row. Nothing here touches a file. */
import type { ReadGrading } from '../../domain/requests/read-grading.ts';
import { OTHER_POINTS, readWrittenPoints, rereadPoints, type WrittenPoints } from './written-points.ts';

export type Cells = Readonly<Record<string, string>>;

export interface GradedRow {
  /** The row's own `k`, where it says one. */
  readonly k: number | undefined;
  readonly skills: readonly string[];
  readonly topic: string;
  /** The graded text as the grading prompt quotes it. */
  readonly quoted: string | undefined;
  /** Undefined where the file has no column of points. */
  readonly points: WrittenPoints | undefined;
  /** What the raw reply says; undefined where the file has no column of replies. */
  readonly reread: ReadGrading | undefined;
  /** What the sentence rule gave when the run was graded. */
  readonly recordedLimitPoint: number | undefined;
  readonly recordedSentences: number | undefined;
}

export interface TextRow {
  readonly skills: readonly string[];
  readonly topic: string;
  readonly text: string | undefined;
}

export interface GradingFile {
  readonly round: number;
  readonly grading: number;
  /** Of the file's bytes: equal digests are copies. */
  readonly digest: string;
  readonly rows: readonly GradedRow[];
}

/** What one student and one grader left behind for one k. */
export interface ReleasedRun {
  readonly k: number;
  readonly rounds: readonly number[];
  readonly gradings: readonly number[];
  readonly files: readonly GradingFile[];
  /** The student's own records by round, where they can be read. */
  readonly texts: ReadonlyMap<number, readonly TextRow[]>;
}

/** The columns with the grading prompt and the reply: their names are the roles of the grader's chat format. */
export interface Sides {
  readonly prompt: string | undefined;
  readonly reply: string | undefined;
}

const PROMPT_SIDE = /^(?:\[INST\]|user|human|### *(?:user|human|instruction))_0$/i;
const REPLY_SIDE = /^(?:\[\/INST\]|assistant|gpt|bot|model|### *(?:assistant|response))_0$/i;
const OTHER_COLUMNS = /^(?:model_input|score|score_extracted|points|text|num_sentences_.*|true_.*)_0$/;

/** Known role names first; else the first two columns of turn 0 that are nothing else, the prompt before the reply. */
export function findSides(header: readonly string[]): Sides {
  const prompt = header.find((name) => PROMPT_SIDE.test(name));
  const reply = header.find((name) => REPLY_SIDE.test(name));
  const others = header.filter((name) => name.endsWith('_0') && !OTHER_COLUMNS.test(name));
  if (prompt !== undefined || reply !== undefined || others.length !== 2) return { prompt, reply };
  return { prompt: others[0], reply: others[1] };
}

export function readGradedRow(cells: Cells, sides: Sides, k: number): GradedRow {
  const written = cells['points_0'];
  return {
    k: readNumber(cells['k']),
    skills: splitSkills(cells['skills'] ?? '', k),
    topic: (cells['topic'] ?? '').trim(),
    quoted: sides.prompt === undefined ? undefined : quotedText(cells[sides.prompt] ?? ''),
    points: written === undefined ? undefined : readWrittenPoints(written),
    reread: sides.reply === undefined ? undefined : rereadPoints(cells[sides.reply] ?? '', k + OTHER_POINTS),
    recordedLimitPoint: readNumber(cells['true_sentence_lim_pt_0']),
    recordedSentences: readNumber(cells['num_sentences_manual_in_student_answer_0']),
  };
}

export const readTextRow = (cells: Cells, k: number): TextRow => ({
  skills: splitSkills(cells['skills'] ?? '', k),
  topic: (cells['topic'] ?? '').trim(),
  text: cells['text_1'],
});

/** Commas separate skills. A name may contain a comma too; then the line breaks after the separating commas decide. */
export function splitSkills(written: string, k: number): string[] {
  const split = (separator: RegExp): string[] =>
    written
      .split(separator)
      .map((skill) => skill.trim())
      .filter((skill) => skill !== '');
  const byComma = split(/,/);
  const byLine = split(/,[^\S\n]*\n/);
  return byComma.length !== k && byLine.length === k ? byLine : byComma;
}

/** Names are compared as the name deduction does: lower case, before any parenthesis. */
export const bareName = (skill: string): string => (skill.split('(')[0] ?? '').trim().toLowerCase();

const BEFORE_TEXT = "The student's answer was: ";
const AFTER_TEXT = 'For reference, here are the definitions for the skills';

function quotedText(prompt: string): string | undefined {
  return prompt.split(AFTER_TEXT)[0]?.split(BEFORE_TEXT)[1]?.trim();
}

/** Numbers as CSV writers leave them, `True` and `False` among them. */
function readNumber(cell: string | undefined): number | undefined {
  const written = (cell ?? '').trim().toLowerCase();
  if (written === 'true') return 1;
  if (written === 'false') return 0;
  const value = Number(written);
  return written === '' || !Number.isFinite(value) ? undefined : value;
}
