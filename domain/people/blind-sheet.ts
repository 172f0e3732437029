/** The files that people fill in: a spreadsheet and JSON lines with the same items and the same names of points. */
import type { Plan } from '../../contracts/plan.ts';
import { promptView, rubricLabels } from '../requests/prompt-view.ts';
import type { BlindItem } from './blind-sample.ts';

/** Marks a cell of the spreadsheet that its item has no point for. */
export const NOT_ASKED = 'n/a';
const POINT = 'point: ';

/** The points of an item with k skills, in the order in which they are kept: `skill 1`, ..., then the rubric's ids. */
export const pointNames = ({ catalog }: Plan, k: number): string[] => [
  ...Array.from({ length: k }, (_, index) => `skill ${index + 1}`),
  ...catalog.rubric.points.map(({ id }) => id),
];

export const columnOf = (point: string): string => `${POINT}${point}`;

/** Undefined for a column that holds no point. */
export const pointOf = (column: string): string | undefined =>
  column.startsWith(POINT) ? column.slice(POINT.length) : undefined;

export function writeJsonLines(items: readonly BlindItem[], plan: Plan): string {
  const lines = items.map(({ item, combination, text }) => {
    const { topic, skills, limit, k } = promptView(plan.catalog, combination);
    const names = pointNames(plan, k);
    const labels = rubricLabels(plan.catalog, combination);
    return JSON.stringify({
      item,
      topic,
      skills: skills.map(({ name, definition }) => ({ name, definition })),
      sentenceLimit: limit,
      text,
      rubric: names.map((point, index) => ({ point, criterion: labels[index] ?? '' })),
      points: Object.fromEntries(names.map((point) => [point, null])),
      comment: '',
    });
  });
  return lines.map((line) => `${line}\n`).join('');
}

/** Begins with a byte order mark and ends lines as spreadsheets expect it. */
export function writeSpreadsheet(items: readonly BlindItem[], plan: Plan): string {
  const points = pointNames(plan, Math.max(0, ...items.map(({ place }) => place.k)));
  const header = ['item', 'topic', 'skills', 'sentence limit', 'text', 'criteria', ...points.map(columnOf), 'comment'];
  const rows = items.map(({ item, combination, text }) => {
    const { topic, skills, limit, k } = promptView(plan.catalog, combination);
    const names = pointNames(plan, k);
    const labels = rubricLabels(plan.catalog, combination);
    return [
      item,
      topic,
      skills.map(({ number, name, definition }) => `${number}. ${name}: ${definition}`).join('\n'),
      String(limit),
      text,
      names.map((point, index) => `${point}: ${labels[index] ?? ''}`).join('\n'),
      ...points.map((point) => (names.includes(point) ? '' : NOT_ASKED)),
      '',
    ];
  });
  return `\ufeff${[header, ...rows].map((row) => `${row.map(quoteCell).join(',')}\r\n`).join('')}`;
}

/** What spreadsheets take for the beginning of a formula; full-width characters too. */
const FORMULA = /^[\s\p{Cf}]*[=+\-@|%\uff1d\uff0b\uff0d\uff20]|^[\t\r\n]/u;
const CONTROLS = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;

/** One cell: quoted, with no control characters, and never a formula, whatever a model wrote. */
export function quoteCell(value: string): string {
  const plain = value.replace(/\r\n?/g, '\n').replace(CONTROLS, '\ufffd');
  return `"${(FORMULA.test(plain) ? `'${plain}` : plain).replaceAll('"', '""')}"`;
}
