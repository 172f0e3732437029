import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Cells, GradedRow, ReleasedRun } from '../scoring/records.ts';
import { findSides, readGradedRow, splitSkills } from '../scoring/records.ts';
import { scoreRun, type ScoreOptions } from '../scoring/score-run.ts';
import { MISSING_RULES, type MissingRule } from '../scoring/score-votes.ts';
import { formatFixed, roundHalfToEven, vote } from '../scoring/single-precision.ts';
import { readWrittenPoints } from '../scoring/written-points.ts';
import { makeLines, makeTable } from './released-run.ts';

const SIDES = { prompt: 'user_0', reply: 'assistant_0' };

const makeRow = (cells: Cells = {}, k = 2): GradedRow =>
  readGradedRow(
    {
      skills: ['metaphor', 'accident (fallacy)', 'red herring', 'irony'].slice(0, k).join(',  \n'),
      topic: 'Knots',
      points_0: new Array(k + 3).fill('1.0').join(','),
      true_sentence_lim_pt_0: '1.0',
      ...cells,
    },
    SIDES,
    k,
  );

/** One row per grading and round: [round][grading]. */
const makeRun = (rounds: readonly (readonly GradedRow[])[], k = 2): ReleasedRun => ({
  k,
  rounds: rounds.map((_, round) => round + 1),
  gradings: (rounds[0] ?? []).map((_, grading) => grading + 1),
  files: rounds.flatMap((gradings, round) =>
    gradings.map((row, grading) => ({
      round: round + 1,
      grading: grading + 1,
      digest: `${round}/${grading}`,
      rows: [row],
    })),
  ),
  texts: new Map(),
});

const OPTIONS: ScoreOptions = { missing: 'zero', deductNames: false, dropSkills: [] };
const means = (run: ReleasedRun, options: Partial<ScoreOptions> = {}): (number | null)[] => {
  const { fullMarks, allSkills, skillFraction } = scoreRun(run, { ...OPTIONS, ...options }).metrics;
  return [fullMarks.mean, allSkills.mean, skillFraction.mean];
};
const meansOf = (cells: Cells, options: Partial<ScoreOptions> = {}, k = 2) =>
  means(makeRun([[makeRow(cells, k)]], k), options);

describe('metrics of one text', () => {
  it.each<[string, number[]]>([
    ['1,1,1,1,1', [1, 1, 1]],
    ['1,1,0,1,1', [0, 1, 0]],
    ['1,1,0,0,1', [0, 0, 0]],
    ['1,0,1,1,1', [0, 0, 0.5]],
    ['0,1,0,1,1', [0, 0, 0]],
  ])('%s give %j', (points, expected) => {
    expect(meansOf({ points_0: points })).toEqual(expected);
  });

  it('take the sentence point from the record, else from the count, else from the text, never from the grader', () => {
    expect(meansOf({ true_sentence_lim_pt_0: '0.0' })).toEqual([0, 1, 0]);
    expect(meansOf({ true_sentence_lim_pt_0: 'True', points_0: '1,1,1,1,0' })).toEqual([1, 1, 1]);
    const two = { true_sentence_lim_pt_0: '', num_sentences_manual_in_student_answer_0: '2' };
    expect(meansOf(two)).toEqual([0, 1, 0]);
    expect(meansOf(two, {}, 3)).toEqual([1, 1, 1]);
    const text = (said: string) => ({ true_sentence_lim_pt_0: '', user_0: `The student's answer was: "${said}"` });
    expect(meansOf(text('It is. It was.'))).toEqual([0, 1, 0]);
    expect(meansOf(text('It is.'))).toEqual([1, 1, 1]);
  });
});

describe('gradings and generations', () => {
  const said = (...points: string[]) => points.map((one) => makeRow({ points_0: one }));
  it('vote by the mean, halves to the even number', () => {
    expect(means(makeRun([said('1,1,1,1,1', '1,1,1,1,1', '0,0,1,1,1')]))).toEqual([1, 1, 1]);
    expect(means(makeRun([said('1,1,1,1,1', '1,0,1,1,1')]))).toEqual([0, 0, 0.5]);
    expect([0.5, 1.5, 2.5, -0.5].map(roundHalfToEven)).toEqual([0, 2, 2, 0]);
    expect([vote([1, 0.5, 0]), vote([1, 1, 0]), vote([1, 0.6, 0])]).toEqual([0, 1, 1]);
  });

  it('count by the best generation, for each metric by itself', () => {
    expect(means(makeRun([said('1,1,0,1,1'), said('1,0,1,1,1')]))).toEqual([0, 1, 0.5]);
  });
});

describe('name deduction', () => {
  const prompt = (text: string) => ({
    user_0: `Show metaphor. The student's answer was: "${text}"\n\nFor reference, here are the definitions for the skills\nmetaphor`,
  });
  it('takes the point of a skill whose name before the parenthesis stands in the text', () => {
    expect(meansOf(prompt('A METAPHOR it is.'), { deductNames: true })).toEqual([0, 0, 0.5]);
    expect(meansOf(prompt('By Accident.'), { deductNames: true })).toEqual([0, 0, 0.5]);
    expect(meansOf(prompt('Neither stands here.'), { deductNames: true })).toEqual([1, 1, 1]);
    expect(meansOf(prompt('A metaphor it is.'))).toEqual([1, 1, 1]);
  });

  it('reads the text from the records where no prompt quotes it', () => {
    const text = { skills: ['metaphor'], topic: '', text: 'No metaphor!' };
    const run = { ...makeRun([[makeRow()]]), texts: new Map([[1, [text]]]) };
    expect(means(run, { deductNames: true })).toEqual([0, 0, 0.5]);
    expect(scoreRun(run, OPTIONS).counts).toMatchObject({ named: 1, textUnknown: 0 });
  });

  it('counts the gradings of texts that nobody has: nothing can be deducted from them', () => {
    const run = makeRun([[makeRow(), makeRow(prompt('A metaphor.')), makeRow(prompt('None.'))], [makeRow()]]);
    // The second round has one grading; the text of the first is known from its neighbours' prompts.
    expect(scoreRun(run, { ...OPTIONS, deductNames: true }).counts).toMatchObject({ named: 2, textUnknown: 1 });
  });
});

describe('missing points', () => {
  const run: ReleasedRun = {
    ...makeRun([[makeRow()]]),
    files: [
      {
        round: 1,
        grading: 1,
        digest: '',
        rows: [makeRow(), makeRow({ points_0: '1.0,1.0' }), makeRow({ points_0: '' })],
      },
    ],
  };
  const scored = (missing: MissingRule) => {
    const { metrics, counts } = scoreRun(run, { ...OPTIONS, missing });
    return { mean: metrics.fullMarks.mean, bounds: metrics.fullMarks.bounds, scored: counts.scored };
  };
  it('count as 0, leave the denominator, or give bounds', () => {
    expect(scored('zero')).toEqual({ mean: 1 / 3, bounds: [1 / 3, 1], scored: 3 });
    expect(scored('drop')).toEqual({ mean: 1, bounds: [1 / 3, 1], scored: 1 });
    expect(scored('bounds')).toEqual({ mean: 1, bounds: [1 / 3, 1], scored: 1 });
    expect(scoreRun(run, OPTIONS).counts).toMatchObject({ incomplete: 2, complete: 1, short: 1, empty: 1 });
  });

  it('of gradings that were never released have no vote, but widen the bounds', () => {
    const single = (points: string) => ({ ...makeRun([[makeRow({ points_0: points })]]), gradings: [1, 2, 3] });
    const { fullMarks } = scoreRun(single('1,1,1,1,1'), OPTIONS).metrics;
    expect(fullMarks).toMatchObject({ mean: 1, bounds: [0, 1] });
    expect(scoreRun(single('0,0,0,0,0'), OPTIONS).metrics.fullMarks).toMatchObject({ mean: 0, bounds: [0, 1] });
  });

  it('are cut where a row is too long', () => {
    expect(meansOf({ points_0: '1,1,1,1,0,0,0' })).toEqual([1, 1, 1]);
  });
});

describe('dropped skills', () => {
  it.each(['Accident (Fallacy)', 'accident', 'METAPHOR'])('leave combinations with %s out', (name) => {
    expect(scoreRun(makeRun([[makeRow()]]), { ...OPTIONS, dropSkills: [name] }).counts).toMatchObject({
      leftOut: 1,
      scored: 0,
    });
  });
  it('leave others in, also those that only begin alike', () => {
    expect(scoreRun(makeRun([[makeRow()]]), { ...OPTIONS, dropSkills: ['meta'] }).counts.leftOut).toBe(0);
  });
});

describe('points', () => {
  it.each<[string, (number | null)[]]>([
    ['1.0,0.0,1.0', [1, 0, 1]],
    [' [1, 0 ,0.5] ', [1, 0, 0.5]],
    ['("1", "0"), ;', [1, 0]],
    ['1,', [1]],
    ['1;0; 1', [1, 0, 1]],
    ['.5,1.,-1,+1,1e0,1e3', [0.5, 1, -1, 1, 1, 1000]],
    ['1 0,1.0.0,1-,0x1,1,000', [1, 0, null, null, null, 1, 0]],
    ['1.0 0.0\n1.0', [1, 0, 1]],
    ["['1', '0']", [1, 0]],
    ['1.0,,x', [1, null, null]],
    ['', []],
    ['nan', []],
    ['[]', []],
  ])('%j are %j', (written, points) => expect(readWrittenPoints(written)).toEqual(points));

  it('of a million characters are read without delay, or are no number', () => {
    const long = 1_000_000;
    expect(readWrittenPoints(`1,${' '.repeat(long)}x`)).toEqual([1, null]);
    expect(readWrittenPoints(`1${' '.repeat(long)}`)).toEqual([1]);
    expect(readWrittenPoints(`1${',]'.repeat(long / 2)}x`)).toHaveLength(long / 2 + 1);
    expect(readWrittenPoints(`1,${'1'.repeat(long)},0`)).toEqual([1, null, 0]);
  });

  it('are compared with the reply in either format', () => {
    const compare = (points: string, reply: string) =>
      scoreRun(makeRun([[makeRow({ points_0: points, assistant_0: reply })]]), OPTIONS).disagreements;
    expect(compare('1,0,1,1,1', makeTable('1,0,1,1,1'))).toEqual([]);
    expect(compare('1,0,1,1,1', makeLines('1,0,1,1,1'))).toEqual([]);
    expect(compare('1,0,1,1,1', makeTable('1,1,1,1,0'))).toEqual([
      expect.objectContaining({ row: 1, reread: [1, 1, 1, 1, 0], reason: 'point 2, 5 of 5 differs' }),
    ]);
    expect(compare('1,0', makeTable('1,1,1,1,0'))[0]?.reason).toBe('2 points recorded instead of 5');
    expect(compare('1,1,1,1,1', 'Very nice.')[0]).toMatchObject({ reread: null });
  });
});

it('skills are parted by commas, and a comma in a name is seen by the line breaks', () => {
  expect(splitSkills('a,  \nb (x), c', 3)).toEqual(['a', 'b (x)', 'c']);
  expect(splitSkills('a, or b,  \r\nc', 2)).toEqual(['a, or b', 'c']);
  expect(findSides(['k', 'points_0', '[INST]_0', '[/INST]_0'])).toEqual({ prompt: '[INST]_0', reply: '[/INST]_0' });
});

it('digits are printed as Python prints them', () => {
  expect([0.125, 0.375, 0.625, 0.135, 1, 0].map((value) => formatFixed(value, 2))).toEqual([
    ...['0.12', '0.38', '0.62', '0.14', '1.00', '0.00'],
  ]);
  expect(formatFixed(0.0625, 3)).toBe('0.062');
});

describe('for any rows', () => {
  const cell = fc.oneof(fc.constantFrom('1,1,1,1,1', '1.0,0.0,1.0,1.0,1.0', '', '1,1', 'x,1,1,1,1'), fc.string());
  const rows = fc.array(fc.tuple(cell, fc.constantFrom('1.0', '0.0', ''), fc.string()), { minLength: 1, maxLength: 6 });
  const runs = fc.array(rows, { minLength: 1, maxLength: 3 }).map((rounds): ReleasedRun => ({
    ...makeRun(rounds.map(() => [makeRow()])),
    files: rounds.map((cells, round) => ({
      round: round + 1,
      grading: 1,
      digest: String(round),
      rows: cells.map(([points_0, true_sentence_lim_pt_0, assistant_0]) =>
        makeRow({ points_0, true_sentence_lim_pt_0, assistant_0 }),
      ),
    })),
  }));

  it('the counts add up, and the mean with zeros is the lower bound', () => {
    fc.assert(
      fc.property(runs, fc.constantFrom(...MISSING_RULES), (run, missing) => {
        const { counts, metrics } = scoreRun(run, { ...OPTIONS, missing });
        const { complete, short, long, empty, unreadable, missing: gone } = counts;
        expect(complete + short + long + empty + unreadable + gone).toBe(counts.gradingsPlanned);
        expect(counts.scored + (missing === 'zero' ? 0 : counts.incomplete)).toBe(counts.combinations);
        const [low = 0, high = 0] = metrics.allSkills.bounds ?? [];
        expect(low).toBeLessThanOrEqual(high);
        if (missing === 'zero') expect(metrics.allSkills.mean).toBe(low);
      }),
    );
  });
});
