import { mkdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { makeScratch } from '../../tests/support/scratch.ts';
import { scoreRuns, type ScoreFlags } from '../score-folder.ts';
import {
  gradingPath,
  LLAMA,
  makeGraded,
  makeGradingCsv,
  makeLines,
  RELEASED,
  studentPath,
  writeFile,
  writeRun,
  type Layout,
  type RunFolder,
} from './released-run.ts';

const scratch = makeScratch();
let count = 0;
let run: RunFolder;
beforeEach(() => {
  run = { directory: join(scratch, String(count++)), k: 2 };
});

const FLAGS: ScoreFlags = { student: 'student', grader: 'gpt-4', missing: 'zero' };
const score = (flags: Partial<ScoreFlags> = {}) => scoreRuns(run.directory, { ...FLAGS, ...flags });
const scoreOne = (flags: Partial<ScoreFlags> = {}) => {
  const [only] = score(flags).byK;
  if (!only) throw new Error('no run was scored');
  return only;
};

const good = makeGraded({ topic: 'Sewing' });
const bad = makeGraded({ topic: 'Knots', points: '0.0,1.0,1.0,1.0,1.0' });
const rows = [good, bad, good, bad];
const three = [
  rows,
  rows.map((row) => ({ ...row, text: 'It flows.' })),
  rows.map((row) => ({ ...row, text: 'It is.' })),
];
const writeComplete = (layout: Layout = RELEASED) => writeRun({ ...run, layout }, [three, three, three]);

describe('a released folder', () => {
  it.each<[string, Layout]>([
    ['as released', RELEASED],
    ['with Llama side names', LLAMA],
    ['with unknown side names', { ...RELEASED, sides: ['<|im_start|>someone', '<|im_start|>another'] }],
    ['with Windows line ends', { ...RELEASED, newline: '\r\n' }],
    ['with line ends of one carriage return', { ...RELEASED, newline: '\r' }],
    ['with a byte order mark', { ...RELEASED, bom: true }],
    ['with columns in another order', { ...RELEASED, columns: (names) => names.toReversed() }],
    ['with a column more', { ...RELEASED, columns: (names) => ['Unnamed: 0', ...names] }],
  ])('is read %s', (_, layout) => {
    writeComplete(layout);
    const { metrics, metricsReread, problems, disagreements } = scoreOne();
    expect(metrics.fullMarks.printed).toBe('0.50 ± 0.289');
    expect(metrics.skillFraction.printed).toBe('0.75 ± 0.144');
    expect(metricsReread).toEqual(metrics);
    expect({ problems, disagreements }).toEqual({ problems: [], disagreements: [] });
  });

  it.each(['meta-llama/Llama-2-7b', 'odd name (v1): final', 'a_b'])('is found for the model name %j', (name) => {
    run = { ...run, student: name, grader: name };
    writeComplete();
    expect(scoreOne({ student: name, grader: name }).metrics.fullMarks.mean).toBe(0.5);
  });

  it('is found when slashes are written otherwise', () => {
    run = { ...run, student: 'meta-llama_Llama-2' };
    writeComplete();
    expect(scoreOne({ student: 'meta-llama/llama-2' }).counts.scored).toBe(4);
  });

  it('keeps seeds apart and takes every k that is there', () => {
    writeComplete();
    writeRun({ ...run, seed: '42' }, [[rows]]);
    writeRun({ ...run, k: 3 }, [[[makeGraded({ k: 3 })]]]);
    expect(score().byK.map(({ k, seed, counts }) => [k, seed, counts.complete])).toEqual([
      [2, '10', 36],
      [2, '42', 4],
      [3, '10', 1],
    ]);
    expect(score({ k: '3,7' }).notFound).toEqual([{ k: 7, reason: 'There is no k = 7: there is 2, 3.' }]);
  });

  it.each<[Partial<ScoreFlags>, string]>([
    [{ student: 'studemt' }, 'No student "studemt" for k = 2. Did you mean "student"? There is: student.'],
    [{ grader: 'claude' }, 'No grader "claude" of the final texts (text_1) of "student" for k = 2. There is: gpt-4.'],
    [{ k: '5' }, 'There is no k = 5: there is 2.'],
    [{ k: 'two' }, '--k "two" is not a list of numbers from 1.'],
    [{ missing: 'zeros' }, '--missing zeros is unknown. Did you mean "zero"?'],
    [{ dropSkills: 'metafor' }, '--drop-skills names "metafor", which no combination has. Did you mean "metaphor"?'],
  ])('names what is there instead of %j', (flags, message) => {
    writeComplete();
    expect(() => score(flags)).toThrow(message);
  });

  it('that is empty, gone, one level off or a single round is explained', () => {
    expect(() => score()).toThrow(`There is no folder "${run.directory}".`);
    mkdirSync(run.directory);
    expect(() => score()).toThrow('No folder k{k}_s{seed}_v{version}_r{round} lies in');
    writeComplete();
    const inside = (directory: string) => () => scoreRuns(directory, FLAGS);
    expect(inside(scratch)).toThrow(expect.objectContaining({ remedy: expect.stringContaining('name that one') }));
    expect(inside(join(run.directory, 'k2_s10_vdefault_r1'))).toThrow(
      expect.objectContaining({ remedy: expect.stringContaining('above it') }),
    );
  });
});

describe('a folder that is odd', () => {
  it('has links that lead nowhere, or round in a circle: they are no rounds', () => {
    writeComplete();
    for (const name of ['k2_s10_vdefault_r4', 'loop']) symlinkSync(name, join(run.directory, name));
    symlinkSync('gone', join(run.directory, 'k2_s10_vdefault_r5'));
    expect(scoreOne().rounds).toEqual([1, 2, 3]);
  });

  it('has two folders of one number: the one named as released counts, the other is named', () => {
    writeComplete();
    const twice = [
      studentPath(run, 2).replace('_r2/', '_r02/'),
      dirname(gradingPath(run, 1, 1)).replace('_1_1_', '_1_01_'),
    ];
    const wrong = makeGradingCsv(rows.map((row) => ({ ...row, points: '0.0,0.0,0.0,0.0,0.0' })));
    for (const folder of twice) writeFile(join(folder, 'records.csv'), wrong);
    const { metrics, counts, problems } = scoreOne();
    expect([metrics.fullMarks.mean, counts.complete]).toEqual([0.5, 36]);
    const reason = 'another folder has its number: this one is left out';
    expect(problems).toEqual(twice.map((path) => ({ place: relative(run.directory, path), reason })));
  });

  it('has a round that is a copy of another one: it is named', () => {
    writeRun(run, [three, [rows], three]);
    // The second round has its own first grading alone, which the first round has as well.
    expect(scoreOne().copiedRounds).toEqual([
      { round: 2, of: 1 },
      { round: 3, of: 1 },
    ]);
    expect(scoreOne({ rounds: '2,3', gradings: '2,3' }).copiedRounds).toEqual([]);
  });
});

describe('a file that is wrong', () => {
  const valid = Buffer.from(makeGradingCsv(rows));
  it.each<[string, Buffer, string]>([
    ['empty', Buffer.from(''), 'it is empty'],
    ['header only', Buffer.from('k,skills,topic,points_0\n'), 'it has no row below its header'],
    ['truncated in a cell', valid.subarray(0, valid.length - 200), 'it ends within a quoted cell: it is truncated'],
    ['binary', Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 0xff]), 'it is binary, or not UTF-8'],
    ['Latin-1', Buffer.from('points_0\n\xe9\n', 'latin1'), 'it is not UTF-8 text'],
    ['another table', Buffer.from('a,b\n1,2\n'), 'it has neither points_0 nor a reply; its columns are a, b'],
    ['stray quote', Buffer.from('k,points_0\n2,1"0\n'), 'it is not valid CSV at line 2'],
  ])('(%s) is a missing grading with its reason, and the others vote', (_, content, reason) => {
    writeComplete();
    writeFile(gradingPath(run, 2, 3), content);
    const { metrics, missingGradings, problems, counts } = scoreOne();
    expect(metrics.fullMarks.mean).toBe(0.5);
    expect(missingGradings).toEqual([{ round: 2, grading: 3, reason: expect.stringContaining(reason) }]);
    expect(problems).toHaveLength(1);
    expect(counts).toMatchObject({ gradingsPlanned: 36, complete: 32, missing: 4 });
  });

  it('only in a byte order mark before a quoted header is none', () => {
    const content = '\uFEFF"points_0","true_sentence_lim_pt_0"\n"1,1,1,1,1",1.0\n';
    writeFile(gradingPath(run, 1, 1), content);
    expect(scoreOne().metrics.fullMarks.mean).toBe(1);
  });

  it('leaves nothing to score when all are', () => {
    writeComplete();
    for (const round of [1, 2, 3])
      for (const grading of [1, 2, 3]) writeFile(gradingPath(run, round, grading), Buffer.alloc(99));
    const { counts, metrics, missingRounds } = scoreOne();
    expect([counts.scored, metrics.fullMarks.mean, missingRounds]).toEqual([0, null, [1, 2, 3]]);
  });

  it('has replies in prose, of a megabyte, empty, or in lines: each is read or has its reason', () => {
    const replies = ['Well done, I say.', 'word | '.repeat(150_000), ' '.repeat(1 << 20), makeLines(good.points)];
    replies.push(`Point earned: x${' '.repeat(1 << 20)}y`);
    writeRun(run, [[replies.map((reply) => ({ ...good, reply }))]]);
    expect(scoreOne().disagreements.map(({ row, reason }) => [row, reason])).toEqual([
      [1, 'reply: 5 rows expected, 0 found'],
      [2, expect.stringContaining('reply: 5 rows expected')],
      [3, 'reply: it is empty'],
      [5, 'reply: 5 rows expected, 1 found'],
    ]);
  });

  it('says another k than its folder, row by row', () => {
    writeRun(run, [[[good, makeGraded({ k: 3 })]]]);
    expect(scoreOne().wrongK).toEqual([
      { round: 1, grading: 1, row: 2, reason: '3 skills and k = 3 in a folder of k = 2' },
    ]);
  });
});

describe('rounds', () => {
  it('that are gone or short are named', () => {
    writeComplete();
    rmSync(studentPath(run, 2), { recursive: true });
    writeFile(gradingPath(run, 3, 1), makeGradingCsv(rows.slice(0, 3)));
    const { missingRounds, shortRounds, missingGradings } = scoreOne();
    expect(missingRounds).toEqual([2]);
    expect(shortRounds).toEqual([{ round: 3, grading: 1, rows: 3, expected: 4 }]);
    expect(missingGradings[0]?.reason).toBe('there is no folder of this student in this round');
  });

  it('are chosen, and what is not chosen is not missed', () => {
    writeRun(run, [three]);
    expect(scoreOne().missingRounds).toEqual([2, 3]);
    expect(scoreOne({ rounds: '1', gradings: '1,2' })).toMatchObject({ missingRounds: [], missingGradings: [] });
  });

  it('with another combination in a row name that row', () => {
    writeRun(run, [[rows], [[good, good, good, bad]]]);
    expect(scoreOne().misalignedRows).toEqual([
      expect.objectContaining({
        round: 2,
        grading: 1,
        row: 2,
        topic: 'Sewing',
        expected: expect.objectContaining({ topic: 'Knots' }),
      }),
    ]);
  });

  it('with gradings that are copies vote as recorded, and count once', () => {
    const doubting = rows.map((row) => ({ ...row, points: '0.0,0.0,1.0,1.0,1.0' }));
    writeRun(run, [[rows, doubting, rows]]);
    const scored = scoreOne();
    expect(scored.identicalGradings).toEqual([{ round: 1, gradings: [1, 3] }]);
    expect(scored.effectiveGradings).toBe(2);
    expect(scored.metrics.fullMarks.mean).toBe(0.5);
    expect(scored.agreement[0]).toMatchObject({ point: 'skill', pairs: 8, raw: 0.25 });
    writeFile(gradingPath(run, 1, 3), `${readFileSync(gradingPath(run, 1, 3), 'utf8')}\n`);
    expect(scoreOne()).toMatchObject({ identicalGradings: [], effectiveGradings: 3 });
  });
});
