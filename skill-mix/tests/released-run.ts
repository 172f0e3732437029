/** Builds folders in the released layout: whole runs, and single files that are wrong in one way. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** One text and what one grading says of it. */
export interface Graded {
  readonly skills: readonly string[];
  readonly topic: string;
  readonly text: string;
  /** As `points_0` has it. */
  readonly points: string;
  readonly reply: string;
  /** As `true_sentence_lim_pt_0` has it. */
  readonly limit: string;
}

export interface Layout {
  readonly sides: readonly [string, string];
  readonly newline: string;
  readonly bom: boolean;
  /** Order and choice of columns; undefined: the released one. */
  readonly columns: ((names: string[]) => string[]) | undefined;
}

export const RELEASED: Layout = { sides: ['user', 'assistant'], newline: '\n', bom: false, columns: undefined };
export const LLAMA: Layout = { ...RELEASED, sides: ['[INST]', '[/INST]'] };

export const makeGraded = (given: Partial<Graded> & { k?: number } = {}): Graded => {
  const { k = 2, ...rest } = given;
  const skills = rest.skills ?? SKILLS.slice(0, k);
  const points = rest.points ?? new Array(skills.length + 3).fill('1.0').join(',');
  return { skills, topic: 'Sewing', text: 'It holds.', points, reply: makeTable(points), limit: '1.0', ...rest };
};

export const SKILLS = [
  'metaphor',
  'red herring',
  'accident (fallacy)',
  'folk physics (common knowledge physics)',
  'modus ponens',
  'self serving bias',
  'spatial reasoning',
];

/** A grader's table that gives these points. */
export const makeTable = (points: string): string =>
  [
    "Here's the grading table:",
    '',
    '| Criteria | Points Earned |',
    '|----------|---------------|',
    ...points.split(',').map((point, index) => `| Criterion called ${index} | ${Number(point)} |`),
    '| Total Points Earned | 3 |',
    '',
    'Explanation: it is so.',
  ].join('\n');

export const makeLines = (points: string): string =>
  points
    .split(',')
    .map((point, index) => `- Criterion ${index}: fine. Point earned: ${Number(point)}`)
    .join('\n');

const makePrompt = ({ skills, topic, text }: Graded): string =>
  [
    `The question given to the student was as follows: "Illustrate ${skills.join(', ')} in the context of ${topic}."`,
    `The student's answer was: "${text}"`,
    'For reference, here are the definitions for the skills:',
    ...skills.map((skill) => `**${skill}**: what it is.`),
  ].join('\n\n');

const joinSkills = (skills: readonly string[]): string => skills.join(',  \n');

export function makeGradingCsv(rows: readonly Graded[], layout: Layout = RELEASED): string {
  const [prompt, reply] = layout.sides;
  return makeCsv(
    rows.map((row) => ({
      k: String(row.skills.length),
      skills: joinSkills(row.skills),
      topic: row.topic,
      'system prompt': 'You are a helpful assistant.',
      [`${prompt}_0`]: makePrompt(row),
      [`${reply}_0`]: row.reply,
      model_input_0: `[{'role': 'user'}]`,
      score_0: '3.0',
      score_extracted_0: '3.0',
      points_0: row.points,
      num_sentences_manual_in_student_answer_0: '1',
      true_sentence_lim_pt_0: row.limit,
    })),
    layout,
  );
}

const makeTextCsv = (rows: readonly Graded[], layout: Layout): string =>
  makeCsv(
    rows.map((row) => ({
      k: String(row.skills.length),
      skills: joinSkills(row.skills),
      topic: row.topic,
      'system prompt': '',
      [`${layout.sides[0]}_0`]: 'Write.',
      [`${layout.sides[1]}_0`]: `Answer: ${row.text}`,
      text_0: row.text,
      [`${layout.sides[0]}_1`]: 'Improve.',
      [`${layout.sides[1]}_1`]: `Answer: ${row.text}`,
      text_1: row.text,
    })),
    layout,
  );

function makeCsv(records: readonly Record<string, string>[], { newline, bom, columns }: Layout): string {
  const names = Object.keys(records[0] ?? { k: '', points_0: '' });
  const chosen = columns ? columns(names) : names;
  const lines = [chosen, ...records.map((record) => chosen.map((name) => record[name] ?? ''))];
  const text = lines.map((cells) => cells.map(quote).join(',')).join(newline);
  return `${bom ? '\uFEFF' : ''}${text}${newline}`;
}

const quote = (cell: string): string => (/[",\r\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell);

/** By round, then by grading, the rows of one file. */
export type Rounds = readonly (readonly (readonly Graded[])[])[];

export interface RunFolder {
  readonly directory: string;
  readonly k: number;
  readonly student?: string;
  readonly grader?: string;
  readonly seed?: string;
  readonly version?: string;
  readonly layout?: Layout;
}

export const gradingPath = (run: RunFolder, round: number, grading: number): string =>
  join(studentPath(run, round), 'graded', `by_${run.grader ?? 'gpt-4'}_on_text_1_${grading}_gpt`, 'records.csv');

export const studentPath = (
  { directory, k, student = 'student', seed = '10', version = 'default' }: RunFolder,
  round: number,
) => join(directory, `k${k}_s${seed}_v${version}_r${round}`, student);

export function writeRun(run: RunFolder, rounds: Rounds): void {
  const layout = run.layout ?? RELEASED;
  for (const [index, gradings] of rounds.entries()) {
    const texts = [...gradings].sort((left, right) => right.length - left.length)[0] ?? [];
    writeFile(join(studentPath(run, index + 1), 'records.csv'), makeTextCsv(texts, layout));
    for (const [grading, rows] of gradings.entries())
      writeFile(gradingPath(run, index + 1, grading + 1), makeGradingCsv(rows, layout));
  }
}

export function writeFile(path: string, content: string | Buffer): void {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}
