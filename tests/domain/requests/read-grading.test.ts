import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readGrading, type GradingShape } from '../../../domain/requests/read-grading.ts';
import { readPoints } from '../../../domain/requests/read-points.ts';
import { findFault, FORMS, labelsFor, makeDice, mutate, writeGrading } from '../../support/mutate-replies.ts';

const table = (reply: string, points = 4) => readGrading(reply, { points, format: 'table' });
const lines = (reply: string, points = 4) => readGrading(reply, { points, format: 'lines' });
const graded = (...points: number[]) => ({ end: 'graded', points });

describe('readGrading of a table', () => {
  it.each([
    ['| criterion | points |\n| --- | --- |\n| a | 1 |\n| b | 0 |\n| c | 1 |\n| d | 1 |'],
    ['a | 1\nb | 0\nc | 1\nd | 1'],
    [
      'Here you are:\n\n| **Criterion** | **Points** |\n|:--|--:|\n| a | **1** |\n| b | 0 |\n| c | 1/1 |\n| d | 1.0 |\n',
    ],
    [
      '| # | criterion | points | why |\n|---|---|---|---|\n| 1 | a | 1 | x |\n| 2 | b | 0 | y |\n| 3 | c | 1 | 5 |\n| 4 | d | 1 | |',
    ],
    ['| 2. b | 0 |\n| 1. a | 1 |\n| 4. d | 1 |\n| 3. c | 1 |'],
    ['| a | 1 |\n| b | 0 |\n| c | 1 |\n| d | 1 |\n| **Total** | 3 |'],
    ['| a | 1 point |\n| b | 0 points |\n| c | 1 out of 1 |\n| d | `1` |\n| Total points: | 3/4 |'],
    ['| a | 1 |\r\n| b | 0 |\r\n| c | 1 |\r\n| d | 1 |\r\n'],
    ['| a \\| or b | 1 |\n| b | 0 |\n| c | 1 |\n| d | 1 |'],
    // One row without a number has the place that is left.
    ['| 2. b | 0 |\n| c | 1 |\n| 1. a | 1 |\n| 4. d | 1 |'],
    ['| ٢. b | 0 |\n| ١. a | 1 |\n| ٤. d | 1 |\n| ٣. c | 1 |'],
    ['a | 1 | so\nb | 0 | 1\nc | 1 | no\nd | 1 | 0'],
  ])('reads %j', (reply) => {
    expect(table(reply)).toEqual(graded(1, 0, 1, 1));
  });

  it('reads fractional points', () => {
    expect(table('| a | 0.5 |\n| b | .25 |\n| c | 1 |\n| d | 0 |')).toEqual(graded(0.5, 0.25, 1, 0));
  });

  it.each([
    ['', '4 rows expected, 0 found'],
    ['I cannot grade this.', '4 rows expected, 0 found'],
    ['| a | 1 |\n| b | 1 |\n| c | 1 |', '4 rows expected, 3 found'],
    ['| a | 1 |\n| b | 1 |\n| c | 1 |\n| d | 1 |\n| e | 1 |', '4 rows expected, 5 found'],
    ['| a | 1 |\n| b | 2 |\n| c | 1 |\n| d | 1 |', 'row 2: 2 is outside 0 to 1'],
    ['| a | 1 |\n| b | -1 |\n| c | 1 |\n| d | 1 |', 'row 2: "-1" is not a number of points'],
    ['| a | 1 |\n| b | |\n| c | 1 |\n| d | 1 |', 'row 2: "" is not a number of points'],
    ['| a | 1 |\n| b | yes |\n| c | 1 |\n| d | 1 |', 'row 2: "yes" is not a number of points'],
    ['| a | 1 |\n| b | 1/2 |\n| c | 1 |\n| d | 1 |', 'row 2: "1/2" is not a number of points'],
    ['| 1. a | 1 |\n| 1. b | 1 |\n| 3. c | 1 |\n| 4. d | 1 |', 'row number 1 stands twice'],
    ['| 1. a | 1 |\n| 2. b | 1 |\n| 3. c | 1 |\n| 5. d | 1 |', 'row number 5 is outside 1 to 4'],
    ['| 0. a | 1 |\n| 1. b | 1 |\n| 2. c | 1 |\n| 3. d | 1 |', 'row number 0 is outside 1 to 4'],
    [
      `| a | ${'no'.repeat(30)} |\n| b | 1 |\n| c | 1 |\n| d | 1 |`,
      `row 1: "${'no'.repeat(20)}" is not a number of points`,
    ],
  ])('names what is wrong with %j', (reply, reason) => {
    expect(table(reply)).toEqual({ end: 'unparsable', reason });
  });
});

describe('readGrading of lines', () => {
  it('reads "Point earned" in order, with bold and remarks, without the total', () => {
    const reply =
      '1. a shows.\nPoint earned: 1\n2. b\n**Point earned:** 0 (no trace)\nPoints Earned: 0.5\nc: point earned: 1/1 – plainly\nTotal points earned: 2.5';
    expect(lines(reply)).toEqual(graded(1, 0, 0.5, 1));
  });

  it.each([
    ['Point earned: 1', '4 rows expected, 1 found'],
    [
      'Point earned: 1\nPoint earned: 1\nPoint earned: maybe\nPoint earned: 1',
      'row 3: "maybe" is not a number of points',
    ],
    ['Point earned: 1\nPoint earned: 3\nPoint earned: 1\nPoint earned: 1', 'row 2: 3 is outside 0 to 1'],
    ['It has 3 points: 1, 1 and 1.', '4 rows expected, 0 found'],
  ])('names what is wrong with %j', (reply, reason) => {
    expect(lines(reply)).toEqual({ end: 'unparsable', reason });
  });
});

describe('readGrading of another form than was asked for', () => {
  it('reads it where the form that was asked for has no rows', () => {
    expect(lines('| a | 1 |\n| b | 0 |\n| c | 1 |\n| d | 1 |')).toEqual(graded(1, 0, 1, 1));
    expect(table('Point earned: 1\nPoint earned: 0\nPoint earned: 1\nPoint earned: 1')).toEqual(graded(1, 0, 1, 1));
  });
});

const pointLists = fc.array(fc.constantFrom(0, 0.25, 0.5, 1), { minLength: 1, maxLength: 9 });
const label = fc
  .stringMatching(/^[a-z][a-z ]{0,20}$/)
  .filter((text) => !/total|sum|criteri|point|score|mark|row|no/.test(text));

describe('readGrading of any reply', () => {
  it('gives back the points of every well-formed table, in any numbered order', () => {
    fc.assert(
      fc.property(pointLists, label, fc.boolean(), fc.infiniteStream(fc.nat()), (points, text, shuffled, order) => {
        const rows = points.map((value, index) => `| ${shuffled ? `${index + 1}. ` : ''}${text} | ${value} |`);
        const keyed = rows.map((row) => ({ row, key: shuffled ? (order.next().value as number) : 0 }));
        const reply = keyed.sort((a, b) => a.key - b.key).map(({ row }) => row);
        expect(table(`criterion | points\n---|---\n${reply.join('\n')}\n| Total | 99 |`, points.length)).toEqual(
          graded(...points),
        );
      }),
    );
  });

  it('never crashes, invents a point or gives a silent 0, over 5,000 mutated replies', () => {
    const dice = makeDice(5);
    for (let run = 0; run < 5_000; run += 1) {
      const points = Array.from({ length: 4 + dice(5) }, () => dice(2));
      const labels = labelsFor(points.length);
      const form = FORMS[dice(FORMS.length)] ?? 'table';
      const reply = mutate(writeGrading(points, form, labels), dice);
      const shape = { points: points.length, format: form, ...(dice(2) === 0 && { labels }) };
      const read = readGrading(reply, shape);
      const fault = findFault(reply, read, points.length);
      if (fault !== undefined) throw new Error(`${fault}: ${JSON.stringify({ reply, read })}`);
    }
  });

  it.each([
    ['bars', '|'.repeat(1_000_000)],
    ['rows', '| a | 1 |\n'.repeat(100_000)],
    ['blanks', `Point${' '.repeat(1_000_000)}earned: 1`],
    ['marks', `${'*#_ '.repeat(250_000)}Point earned: 1`],
    ['brackets', '[{"a":'.repeat(160_000)],
    ['digits', '٠١٢٣٤٥٦٧٨٩'.repeat(100_000)],
    ['colons', 'a: 1\n'.repeat(200_000)],
    ['dashes', `| a | 1${' - '.repeat(330_000)} |`],
  ])('reads a million %s in time', (_, reply) => {
    for (const format of FORMS)
      expect(readGrading(reply, { points: 4, format, labels: labelsFor(4) }).end).toBe('unparsable');
  });
});

describe('readGrading of JSON', () => {
  const labels = ['shows metaphor', 'shows irony', 'is about Sewing', 'makes sense'];
  const json = (reply: string) => readGrading(reply, { points: 4, format: 'json', labels });
  const item = (criterion: string, points: unknown) => ({ criterion, reason: 'because', points });
  const whole = [
    item('shows metaphor', 1),
    item('shows irony', 0),
    item('is about Sewing', 1),
    item('makes sense', 0.5),
  ];

  it.each([
    [JSON.stringify({ criteria: whole })],
    [JSON.stringify(whole)],
    [`Here it is:\n\`\`\`json\n${JSON.stringify({ criteria: whole, total: 9 }, null, 2)}\n\`\`\`\nGood luck.`],
    [JSON.stringify({ criteria: [...whole].reverse() })],
    [JSON.stringify([...whole, item('is beautiful', 0)])],
    [JSON.stringify({ points: [1, 0, 1, 0.5] })],
    [JSON.stringify({ 'makes sense': 0.5, 'shows metaphor': 1, 'shows irony': 0, 'is about Sewing': 1, total: 2.5 })],
    [JSON.stringify({ grading: { '1': 1, '2': '0', '3': '1/1', '4': { reason: 'so', score: 0.5 } } })],
    ['| shows metaphor | 1 |\n| shows irony | 0 |\n| is about Sewing | 1 |\n| makes sense | 0.5 |'],
  ])('reads %s', (reply) => {
    expect(json(reply)).toEqual(graded(1, 0, 1, 0.5));
  });

  it.each([
    [JSON.stringify(whole.slice(1)), '4 rows expected, 3 found'],
    [JSON.stringify([...whole.slice(1), item('shows metaphor', true)]), 'row 1: "" is not a number of points'],
    [JSON.stringify([...whole.slice(1), item('shows metaphor', null)]), 'row 1: "" is not a number of points'],
    ['{"criteria": [{"points": 1}, {"points": 1}', '4 rows expected, 0 found'],
    ['{}', '4 rows expected, 0 found'],
  ])('names what is wrong with %s', (reply, reason) => {
    expect(json(reply)).toEqual({ end: 'unparsable', reason });
  });
});

describe('readGrading with the labels of the criteria', () => {
  const labels = ['shows question', 'shows rhetorical question', 'is about Sewing', 'makes sense'];
  const read = (reply: string, format: GradingShape['format'] = 'table') =>
    readGrading(reply, { points: 4, format, labels });

  it('finds rows in another order, and leaves out rows of its own', () => {
    const reply =
      '| shows rhetorical question | 0 |\n| **Makes sense.** | 1 |\n| wit | 0 |\n| shows question | 1 |\n| is about sewing | 1 |';
    expect(read(reply)).toEqual(graded(1, 0, 1, 1));
  });

  it('trusts a label more than a number, and a part of one label as that label', () => {
    expect(
      read('| 1. rhetorical question | 0 |\n| 2. shows question | 1 |\n| 3. Sewing | 1 |\n| 4. sense | 1 |'),
    ).toEqual(graded(1, 0, 1, 1));
  });

  it('takes a part that several labels share for none of them', () => {
    expect(read('| question | 1 |\n| question | 0 |\n| is about Sewing | 1 |\n| makes sense | 1 |')).toEqual(
      graded(1, 0, 1, 1),
    );
    expect(read('| question | 1 |\n| question | 0 |\n| makes sense | 1 |\n| is about Sewing | 0 |')).toEqual({
      end: 'unparsable',
      reason: 'rows stand in another order and 2 of them name no criterion',
    });
  });

  it('takes a whole label for that one, also where it is a part of another', () => {
    const own = { points: 3, format: 'table', labels: ['is apt', 'is apt and short', 'is'] } as const;
    expect(readGrading('| is apt and short | 0 |\n| wit | 0 |\n| is: "apt" | 1 |\n| is | 0.5 |', own)).toEqual(
      graded(1, 0, 0.5),
    );
  });

  it('goes by the order where labels are the same words', () => {
    const own = { points: 2, format: 'table', labels: ['uses C', 'uses C++'] } as const;
    expect(readGrading('| uses C | 1 |\n| uses C++ | 0 |', own)).toEqual(graded(1, 0));
  });

  it('has no rows in a label that stands twice', () => {
    const twice = '| makes sense | 1 |\n| makes sense | 0 |\n| is about Sewing | 1 |\n| shows question | 1 |';
    expect(read(twice)).toEqual({ end: 'unparsable', reason: 'row number 4 stands twice' });
  });

  it('reads plain lines when every criterion is named', () => {
    expect(
      read(
        '- makes sense: 1\n- shows question: 1/1\n- shows rhetorical question: 0\n- is about Sewing: 1 point',
        'lines',
      ),
    ).toEqual(graded(1, 0, 1, 1));
    expect(read('- makes sense: 1\n- shows question: 1\n- is about Sewing: 1\nTotal: 3', 'lines').end).toBe(
      'unparsable',
    );
  });

  it('puts numbered blocks of lines in order', () => {
    const block = (number: number, points: number) => `${number}. It does.\nPoint earned: ${points}`;
    expect(read([block(2, 0), block(1, 1), block(4, 1), block(3, 1)].join('\n\n'), 'lines')).toEqual(
      graded(1, 0, 1, 1),
    );
  });
});

describe('the number of points', () => {
  it.each([
    ['1', 1],
    ['0', 0],
    ['1/1', 1],
    ['0 / 1', 0],
    ['1 out of 1 point', 1],
    ['[1]', 1],
    ['[ 1 ]', 1],
    ['0,5', 0.5],
    ['.5', 0.5],
    ['１', 1],
    ['١', 1],
    ['०', 0],
    ['๑', 1],
    ['1 (plainly)', 1],
    ['1 – as in line 2', 1],
    ['1.', 1],
  ])('%s is %d', (written, value) => {
    expect(readPoints(written)).toBe(value);
  });

  it.each([
    [''],
    ['-1'],
    ['1/2'],
    ['1/10'],
    ['0 or 1'],
    ['1 – 0'],
    ['yes'],
    ['01'],
    ['one'],
    ['½'],
    ['1 2'],
    ['[1] 2'],
    ['0-1'],
    ['1e9'],
  ])('%j is none', (written) => {
    expect(readPoints(written)).toBeUndefined();
  });
});
