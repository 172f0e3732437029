/**
 * The lab's graders: programs that read a text from their prompt and check it against the lab's grammar. The strict one
 * gives exactly the points that the grammar gives; the lenient one changes some of them by seeded chance.
 */
import { randomOf, type ChatRequest } from './chat.ts';
import type { Random } from './random.ts';
import { isAbout, makesSense, showsSkill, splitSentences } from './world.ts';

interface GradingTask {
  readonly text: string;
  readonly rows: readonly string[];
  readonly reply: 'table' | 'json';
}

/** Probability that the lenient grader gives a point that was not earned. */
const FORGIVES = 0.3;
/** Probability that the lenient grader withholds a point that was earned. */
const WITHHOLDS = 0.01;

export const gradeStrictly = (request: ChatRequest): string => grade(request, (earned) => earned);

export function gradeLeniently(request: ChatRequest): string {
  const random = randomOf(request, 'lenient');
  return grade(request, (earned) => forgive(earned, random));
}

const forgive = (earned: boolean, random: Random): boolean => random.chance(earned ? 1 - WITHHOLDS : FORGIVES);

function grade(request: ChatRequest, decide: (earned: boolean) => boolean): string {
  const task = readGradingTask(request.messages.at(-1)?.content ?? '');
  if (task === undefined) return 'Please give me a text between <text> marks and a list of criteria.';
  const points = task.rows.map((row) => (decide(isEarned(task.text, row)) ? 1 : 0));
  return task.reply === 'json' ? writeJson(task.rows, points) : writeTable(task.rows, points);
}

const writeTable = (rows: readonly string[], points: readonly number[]): string =>
  ['| criterion | points |', '| --- | --- |', ...rows.map((row, index) => `| ${row} | ${points[index]} |`)].join('\n');

function writeJson(rows: readonly string[], points: readonly number[]): string {
  const reasonOf = (row: string, index: number) => `${row}: ${points[index] === 1 ? 'seen' : 'not seen'}`;
  const criteria = rows.map((row, index) => ({
    number: index + 1,
    reason: reasonOf(row, index),
    points: points[index],
  }));
  return JSON.stringify({ criteria });
}

/** The text is between the first opening and the last closing mark, as a student's text may contain such marks itself. */
function readGradingTask(prompt: string): GradingTask | undefined {
  const start = prompt.indexOf('<text>');
  const end = prompt.lastIndexOf('</text>');
  if (start < 0 || end < start) return undefined;
  const after = prompt.slice(end);
  const reply = after.includes('{"criteria":') ? 'json' : 'table';
  const rows = reply === 'json' ? numberedRows(after) : tableRows(after);
  return rows.length === 0 ? undefined : { text: prompt.slice(start + '<text>'.length, end).trim(), rows, reply };
}

const firstGroups = (text: string, pattern: RegExp): string[] =>
  [...text.matchAll(pattern)].map((match) => match[1] as string);

const numberedRows = (text: string): string[] => firstGroups(text, /^\d+\. (.+)$/gm);

const tableRows = (text: string): string[] =>
  firstGroups(text, /^\| *([^|\n]+?) *\|[^|\n]*\| *$/gm).filter((row) => row !== 'criterion' && !/^-+$/.test(row));

/** Whether a text earns the point of a row; unknown rows earn none. */
function isEarned(text: string, row: string): boolean {
  const [, skill, topic, limit] = /^shows (.+)$|^is about (.+)$|^has at most (\d+) sentence/.exec(row) ?? [];
  if (skill !== undefined) return showsSkill(text, skill);
  if (topic !== undefined) return isAbout(text, topic);
  if (limit !== undefined) return splitSentences(text).length > 0 && splitSentences(text).length <= Number(limit);
  return row === 'makes sense' && makesSense(text);
}
