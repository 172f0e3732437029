/** Points as a released file writes them ("1.0,0.0,...") and as its raw replies say them. */
import { readGrading, type ReadGrading } from '../../domain/requests/read-grading.ts';

/** The points of a text after the skills: topic, sense, sentence limit. */
export const OTHER_POINTS = 3;

/**
 * Points in the order written; null where there is no number. Too short, too long and empty lists are kept as they are.
 */
export type WrittenPoints = readonly (number | null)[];

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?$/i;
/** Cells of a damaged file may be as long as the file; a longer cell is not a number. */
const LONGEST_NUMBER = 100;

/** Brackets, quotes and blanks around the numbers do not matter; "nan" and the like are an empty list. */
export function readWrittenPoints(written: string): WrittenPoints {
  const bare = cutEnd(written.replace(/^[\s"'[(]+/, ''));
  if (bare === '' || /^(?:nan|none|null|n\/a|na)$/i.test(bare)) return [];
  return bare.split(/\s*[,;]\s*|\s+/).map((token) => {
    const number = token.replace(/^['"]|['"]$/g, '');
    return number.length <= LONGEST_NUMBER && NUMBER.test(number) ? Number(number) : null;
  });
}

/**
 * Cuts off what closes a list. A regular expression anchored at the end would try every blank of a long run as a start.
 */
function cutEnd(text: string): string {
  let end = text.length;
  while (/[\s"',;\])]/.test(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}

/**
 * Reads the points again from the reply: first as a table, then as "Point earned:" lines, whose explanations may
 * contain a table.
 */
export function rereadPoints(reply: string, points: number): ReadGrading {
  if (reply.trim() === '') return { end: 'unparsable', reason: 'it is empty' };
  const table = readGrading(reply, { points, format: 'table' });
  if (table.end === 'graded') return table;
  const lines = readGrading(reply, { points, format: 'lines' });
  return lines.end === 'graded' ? lines : table;
}
