import { describe, expect, it } from '@jest/globals';
import { jsonRows, labelledLines, lineRows, tableRows } from '../../../domain/requests/grading-rows.ts';
import { readPoints } from '../../../domain/requests/read-points.ts';

const inTable = (...lines: string[]) => tableRows(lines.join('\n'), (cell) => readPoints(cell) !== undefined);
const valuesIn = (...lines: string[]) => inTable(...lines).map(({ value }) => value);
const row = (number: number | undefined, label: string | undefined, value: string) => ({ number, label, value });

describe('the points of a table', () => {
  it('stand in the column that a header names, whatever other columns hold', () => {
    const lines = [
      '| # | criterion | points | pages |',
      '|---|---|---|---|',
      '| 1 | apt | 1 | 0 |',
      '| 2 | short | 0 | 1 |',
    ];
    expect(inTable(...lines)).toEqual([row(1, 'apt', '1'), row(2, 'short', '0')]);
    expect(valuesIn('| point | score | pages |', '| apt | 1 | 0 |')).toEqual(['1']);
  });

  it('are none where a row ends before that column', () => {
    expect(valuesIn('criterion | why | points', 'apt | so | 1', 'short | no')).toEqual(['1', '']);
  });

  it('are found for each table by itself', () => {
    const first = ['| criterion | why | pages | points |', '| apt | so | 5 | 1 |'];
    expect(valuesIn(...first, '| # | verdict | why |', '| 2 | 0 | no |')).toEqual(['1', '0']);
  });

  it('stand in the only column of points where no header names one', () => {
    expect(valuesIn('apt | 1 | so', 'short | 0 | 1')).toEqual(['1', '0']);
    expect(valuesIn('criterion | verdict | why', 'apt | 1 | so', 'short | 0 | no')).toEqual(['1', '0']);
    expect(valuesIn(`apt | 1 ${'| x '.repeat(8)}`)).toEqual(['1']);
  });

  it.each([
    ['several columns could be', ['apt | 1 | 0 | so', 'short | 0 | 1 | no'], ['so', 'no']],
    ['rows differ in length', ['apt | 1 | so', 'short | 0'], ['so', '0']],
    ['there are more than ten columns', [`apt | 1 ${'| x '.repeat(9)}`], ['x']],
  ])('stand in the last column where %s', (_, lines, values) => {
    expect(valuesIn(...lines)).toEqual(values);
  });

  it('may stand alone in a row, which then has neither number nor label', () => {
    expect(inTable('| 1 point |', '| 0 |')).toEqual([
      row(undefined, undefined, '1 point'),
      row(undefined, undefined, '0'),
    ]);
  });

  it('are not those of rules, totals and empty cells before them', () => {
    const lines = ['  | apt | 1 |  ', '|---| |', '| | short | 0 |', '| sum of parts | sum | 1 |', '| | Total | 2 |'];
    expect(inTable(...lines)).toEqual([
      row(undefined, 'apt', '1'),
      row(undefined, 'short', '0'),
      row(undefined, 'sum of parts', '1'),
    ]);
  });

  it('belong to a label without its number, if there is more than that', () => {
    expect(inTable('| 2. apt | 1 |', '| 3. | 1 point |')).toEqual([row(2, 'apt', '1'), row(3, undefined, '1 point')]);
  });
});

describe('the points of lines', () => {
  it('are those of each "Point earned", under the number that opens its block', () => {
    const reply = '2. apt\nshown twice\nPoint earned: 1\n\n1. short\nPoints awarded: 0\nSum of points earned: 1';
    expect(lineRows(reply)).toEqual([row(2, undefined, ' 1'), row(1, undefined, ' 0')]);
  });

  it('stand after the last mark of a labelled line', () => {
    expect(labelledLines('- 1. apt: 1\n• short – 0\n+ long\nin part - well-made: 0.5\n1 : 0\nsum = 1')).toEqual([
      ...[row(1, 'apt', ' 1'), row(undefined, 'short', '0'), row(undefined, 'in part - well-made', ' 0.5')],
      ...[row(1, undefined, ' 0'), row(undefined, 'sum', ' 1')],
    ]);
  });

  it('are none without a label, and none in lines as long as prose', () => {
    expect(labelledLines('1\n: 1')).toEqual([]);
    expect(labelledLines(`${'a'.repeat(497)}: 1`)).toHaveLength(1);
    expect(labelledLines(`${'a'.repeat(498)}: 1`)).toEqual([]);
  });
});

describe('the points of JSON', () => {
  it.each([
    ['no JSON', []],
    ['[{"points": 1}]', [row(undefined, undefined, '1')]],
    [
      '[1, null, {"points": null}]',
      [row(undefined, undefined, '1'), row(undefined, undefined, ''), row(undefined, undefined, '')],
    ],
    ['As [1] says: {"points": ["1"]}', [row(undefined, undefined, '1')]],
    [
      '{"apt": {"points": 1, "pages": ["5"]}, "short": {"score": 0}}',
      [row(undefined, 'apt', '1'), row(undefined, 'short', '0')],
    ],
    ['{"apt": {"points": 1}}', [row(undefined, 'apt', '1')]],
    ['{"apt": {"reason": "so"}, "short": {"points": 1}}', [row(undefined, 'apt', ''), row(undefined, 'short', '1')]],
    ['{"grading": {"apt": 1, "short": 0}}', [row(undefined, 'apt', '1'), row(undefined, 'short', '0')]],
    ['{"apt": 1, "short": 0, " Total ": 1}', [row(undefined, 'apt', '1'), row(undefined, 'short', '0')]],
    [
      '[{"criterion": "2. apt", "points": 1}, {"criterion": 1, "mark": 0}]',
      [row(2, 'apt', '1'), row(1, undefined, '0')],
    ],
    ['[{"number": 2, "name": "apt", "points": 1}]', [row(2, 'apt', '1')]],
  ])('are in %s', (reply, rows) => {
    expect(jsonRows(reply)).toEqual(rows);
  });
});
