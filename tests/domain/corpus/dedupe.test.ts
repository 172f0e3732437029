import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { randomStream } from '../../../domain/basics/random.ts';
import { bandsFor, dedupe, removalCurve, type IndexedText } from '../../../domain/corpus/dedupe.ts';

const indexed = (texts: readonly string[], first = 0): IndexedText[] =>
  texts.map((text, place) => ({ index: first + place, text }));
const rule = { near: 0.7, shingle: 3 } as const;

/** The definition, word by word: no hashing, every pair compared. */
function shinglesOf(text: string, size: number): Set<string> {
  const words = text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const width = Math.min(size, words.length);
  const starts = width === 0 ? [] : words.slice(0, words.length - width + 1);
  return new Set(starts.map((_, at) => words.slice(at, at + width).join(' ')));
}

function similarity(left: Set<string>, right: Set<string>): number {
  const both = [...left].filter((shingle) => right.has(shingle)).length;
  const either = left.size + right.size - both;
  return either === 0 ? 1 : both / either;
}

function bruteForce(texts: readonly IndexedText[], near: number): number[] {
  const kept: { index: number; shingles: Set<string> }[] = [];
  for (const { index, text } of texts) {
    const shingles = shinglesOf(text, 3);
    if (!kept.some((other) => similarity(other.shingles, shingles) >= near)) kept.push({ index, shingles });
  }
  return kept.map(({ index }) => index);
}

describe('dedupe', () => {
  it('drops what differs in case, blanks and punctuation alone, and names the text it repeats', () => {
    const texts = indexed(['The kettle sang.', 'It rained.', '  the KETTLE,  sang!'], 10);
    expect(dedupe(texts, { near: 'off', shingle: 3 })).toEqual({
      kept: [10, 11],
      dropped: [{ index: 12, of: 10, jaccard: 1, exact: true }],
    });
  });

  it('drops a near repetition from the threshold on, with its exact similarity', () => {
    const texts = indexed(['a b c d e f g h', 'a b c d e f g x']);
    expect(dedupe(texts, { near: 5 / 7, shingle: 3 }).dropped).toEqual([
      { index: 1, of: 0, jaccard: 5 / 7, exact: false },
    ]);
    expect(dedupe(texts, { near: 0.72, shingle: 3 }).kept).toEqual([0, 1]);
    expect(dedupe(texts, { near: 'off', shingle: 3 }).kept).toEqual([0, 1]);
  });

  it('counts near against kept texts only, so that chains do not spread', () => {
    const texts = indexed(['a b c d e f g h i j', 'a b c d e f g h i x', 'z b c d e f g h i x']);
    expect(dedupe(texts, rule).kept).toEqual([0, 2]);
  });

  it('tells word orders apart, and repeated words are one shingle', () => {
    expect(dedupe(indexed(['a b c', 'c b a']), rule).kept).toEqual([0, 1]);
    expect(dedupe(indexed(['a a a a a a', 'a a a']), rule).dropped).toMatchObject([{ jaccard: 1, exact: false }]);
  });

  it('handles texts of fewer words than a shingle, and without any', () => {
    expect(dedupe(indexed(['a b', 'a', '...', '', 'A b!']), rule).kept).toEqual([0, 1, 2]);
  });

  it('makes what is kept depend on earlier texts alone', () => {
    fc.assert(
      fc.property(fc.array(words(6, 8)), fc.nat(), (texts, cut) => {
        const prefix = texts.slice(0, cut % (texts.length + 1));
        const { kept } = dedupe(indexed(texts), { near: 0.5, shingle: 2 });
        expect(kept.filter((index) => index < prefix.length)).toEqual(
          dedupe(indexed(prefix), { near: 0.5, shingle: 2 }).kept,
        );
      }),
    );
  });

  it('drops nothing but what word by word is as similar as it says', () => {
    fc.assert(
      fc.property(fc.array(words(4, 9), { maxLength: 30 }), (texts) => {
        for (const { index, of, jaccard, exact } of dedupe(indexed(texts), { near: 0.5, shingle: 3 }).dropped) {
          const alike = similarity(shinglesOf(texts[index]!, 3), shinglesOf(texts[of]!, 3));
          expect(jaccard).toBeCloseTo(alike, 12);
          expect(exact).toBe(texts[index] === texts[of]);
          expect(alike).toBeGreaterThanOrEqual(0.5);
        }
      }),
    );
  });

  it('keeps what comparing all pairs keeps, on 800 short texts of few words', () => {
    const stream = randomStream(5, 'short');
    const word = (kind: string, size: number) => `${kind}${uniformInt(stream, 0, size - 1)}`;
    const texts = Array.from(
      { length: 800 },
      () =>
        `The ${word('noun', 6)} of the ${word('place', 4)} waited for the ${word('noun', 6)} like a ${word('end', 4)}.`,
    );
    const expected = new Set(bruteForce(indexed(texts), 0.7));
    const kept = new Set(dedupe(indexed(texts), rule).kept);
    const different = [...kept].filter((index) => !expected.has(index)).length;
    expect(expected.size).toBeLessThan(500);
    expect(different / expected.size).toBeLessThanOrEqual(0.01);
  });
});

const words = (vocabulary: number, length: number) =>
  fc
    .array(fc.integer({ min: 0, max: vocabulary - 1 }), { minLength: 1, maxLength: length })
    .map((list) => list.map((word) => `w${word}`).join(' '));

/** Pairs of texts of 60 words whose similarity is the first above the threshold: the last words differ. */
function pairsNear(near: number, count: number): [string, string][] {
  const stream = randomStream(11, 'pairs', near);
  const word = () => `w${uniformInt(stream, 0, 99_999)}`;
  const shingles = 58;
  const changed = Math.floor((shingles * (1 - near)) / (1 + near));
  return Array.from({ length: count }, () => {
    const left = Array.from({ length: 60 }, word);
    const right = [...left.slice(0, 60 - changed), ...Array.from({ length: changed }, word)];
    return [left.join(' '), right.join(' ')];
  });
}

describe('near duplicates', () => {
  it.each([0.5, 0.6, 0.7, 0.8, 0.9])('are found with a recall of at least .99 at %d', (near) => {
    const pairs = pairsNear(near, 4_000);
    const { dropped } = dedupe(indexed(pairs.flat()), { near, shingle: 3 });
    expect(dropped.length / pairs.length).toBeGreaterThanOrEqual(0.99);
    expect(dropped.every(({ index, of, jaccard }) => of === index - 1 && jaccard >= near)).toBe(true);
  });

  it('miss all bands with a chance of at most .004 at the threshold, by design', () => {
    for (const near of [0.05, 0.3, 0.5, 0.7, 0.95, 1]) {
      const { bands, rows } = bandsFor(near);
      expect((1 - near ** rows) ** bands).toBeLessThanOrEqual(0.004);
    }
  });
});

describe('removalCurve', () => {
  it('agrees with dedupe at each threshold', () => {
    const texts = indexed(pairsNear(0.7, 200).flat());
    const curve = removalCurve(texts);
    expect(curve.map(({ near }) => near)).toEqual([0.5, 0.6, 0.7, 0.8, 0.9]);
    for (const { near, removed } of curve) expect(removed).toBe(dedupe(texts, { near, shingle: 3 }).dropped.length);
    expect(curve[2]?.removed).toBeGreaterThan(195);
    expect(curve[4]?.removed).toBe(0);
  });
});
