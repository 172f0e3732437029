/** Sign permutation test (Fisher 1935) of paired differences: is their sum larger than chance alone would make it? */
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import type { Hypothesis } from '../../contracts/hypotheses.ts';

export type Alternative = Hypothesis['alternative'];

export interface PermutationTest {
  readonly test: 'exact' | 'monte-carlo';
  readonly p: number;
}

/** Differences other than 0 up to which every assignment of signs is tried (16,384 of them). */
const EXACT_UP_TO = 14;
const DRAWS = 99_999;
const CHUNK = 8;

/**
 * Under the null hypothesis each difference is as likely as its opposite, so that the signs can be drawn anew. Zeros
 * say nothing and are left out. Exact: the share of all sign assignments that are as extreme as the data. Otherwise
 * 99,999 seeded draws, and (1 + those as extreme) / 100,000, which is never 0. Null without any difference.
 */
export function testSigns(
  differences: readonly number[],
  alternative: Alternative,
  stream: RandomGenerator,
): PermutationTest | null {
  if (differences.length === 0) return null;
  const values = differences.filter((value) => value !== 0);
  const tables = sumTables(values);
  const found = sum(values);
  // Sums of the same numbers in another order differ by rounding: such a tie counts as extreme.
  const slack = 1e-9 * sum(values.map(Math.abs));
  const isExtreme = (drawn: number): boolean => {
    if (alternative === 'greater') return drawn >= found - slack;
    if (alternative === 'less') return drawn <= found + slack;
    return Math.abs(drawn) >= Math.abs(found) - slack;
  };
  return values.length <= EXACT_UP_TO
    ? { test: 'exact', p: tryAll(tables, values.length, isExtreme) }
    : { test: 'monte-carlo', p: drawSigns(tables, isExtreme, stream) };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** For each eight differences: their sum under each of 256 sign patterns (a set bit keeps the sign). */
function sumTables(values: readonly number[]): Float64Array[] {
  const tables: Float64Array[] = [];
  for (let from = 0; from < values.length; from += CHUNK) {
    const chunk = values.slice(from, from + CHUNK);
    tables.push(
      Float64Array.from({ length: 2 ** CHUNK }, (_, signs) =>
        sum(chunk.map((value, bit) => ((signs >> bit) & 1 ? value : -value))),
      ),
    );
  }
  return tables;
}

function tryAll(tables: readonly Float64Array[], count: number, isExtreme: (drawn: number) => boolean): number {
  const all = 2 ** count;
  let extreme = 0;
  for (let signs = 0; signs < all; signs += 1) {
    let drawn = 0;
    for (const [index, table] of tables.entries()) drawn += table[(signs >> (CHUNK * index)) & 255] ?? 0;
    if (isExtreme(drawn)) extreme += 1;
  }
  return extreme / all;
}

function drawSigns(
  tables: readonly Float64Array[],
  isExtreme: (drawn: number) => boolean,
  stream: RandomGenerator,
): number {
  let extreme = 1;
  for (let draw = 0; draw < DRAWS; draw += 1) {
    let drawn = 0;
    let bits = 0;
    for (const [index, table] of tables.entries()) {
      bits = index % 4 === 0 ? stream.next() : bits >>> CHUNK;
      drawn += table[bits & 255] ?? 0;
    }
    if (isExtreme(drawn)) extreme += 1;
  }
  return extreme / (DRAWS + 1);
}
