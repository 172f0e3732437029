/** Removes texts that repeat an earlier one, in the given (plan) order: what is kept never depends on later texts. */
import { hashTexts, jaccard, signTexts, type Hashed } from './shingles.ts';

// Taken from Math once: looking it up in every step is slow in a sandboxed context.
const { imul } = Math;

export interface IndexedText {
  readonly index: number;
  readonly text: string;
}

export interface DedupeRule {
  /** Jaccard similarity of word shingles from which on a text repeats another. */
  readonly near: number | 'off';
  /** Words of one shingle. */
  readonly shingle: number;
}

export interface Duplicate {
  readonly index: number;
  /** The kept text that it repeats: an equal one, or else the most similar (the earliest in a tie). */
  readonly of: number;
  readonly jaccard: number;
  /** The same words in the same order: only case, blanks or punctuation differ. */
  readonly exact: boolean;
}

export interface Deduped {
  readonly kept: number[];
  readonly dropped: Duplicate[];
}

/**
 * A text is dropped if it equals or is near a kept one. Dropped texts are not compared with, so that chains of similar
 * texts do not spread.
 */
export function dedupe(texts: readonly IndexedText[], { near, shingle }: DedupeRule): Deduped {
  const hashed = hashTexts(textsOf(texts), shingle);
  const rows = near === 'off' ? undefined : bandsFor(near);
  const signatures = rows ? signTexts(hashed, rows.bands * rows.rows) : new Uint32Array();
  const finder = rows ? makeFinder(hashed, signatures, rows.bands * rows.rows, rows) : undefined;
  const found = scan(hashed, finder, near === 'off' ? 1 : near);
  const kept: number[] = [];
  const dropped: Duplicate[] = [];
  for (const [at, { index }] of texts.entries()) {
    const match = found[at];
    if (!match) kept.push(index);
    else dropped.push({ index, of: texts[match.of]!.index, jaccard: match.jaccard, exact: match.exact });
  }
  return { kept, dropped };
}

const textsOf = (texts: readonly IndexedText[]): string[] => texts.map(({ text }) => text);

export interface CurvePoint {
  readonly near: number;
  readonly removed: number;
}

const CURVE_THRESHOLDS: readonly number[] = [0.5, 0.6, 0.7, 0.8, 0.9];

/** How many texts each threshold would remove; texts are hashed and signed once. */
export function removalCurve(
  texts: readonly IndexedText[],
  { thresholds = CURVE_THRESHOLDS, shingle = 3 }: { thresholds?: readonly number[]; shingle?: number } = {},
): CurvePoint[] {
  const plans = thresholds.map((near) => ({ near, ...bandsFor(near) }));
  const size = Math.max(0, ...plans.map(({ bands, rows }) => bands * rows));
  const hashed = hashTexts(textsOf(texts), shingle);
  const signatures = signTexts(hashed, size);
  return plans.map(({ near, ...plan }) => {
    const found = scan(hashed, makeFinder(hashed, signatures, size, plan), near);
    return { near, removed: found.filter((match) => match !== undefined).length };
  });
}

interface Match {
  readonly of: number;
  readonly jaccard: number;
  readonly exact: boolean;
}

/** Returns the kept texts that may be similar to a text, and takes in each text that is kept. */
interface Finder {
  readonly candidates: (text: number) => readonly number[];
  readonly keep: (text: number) => void;
}

function scan(hashed: Hashed, finder: Finder | undefined, near: number): (Match | undefined)[] {
  const equals = makeEquals(hashed);
  return Array.from({ length: hashed.count }, (_, text) => {
    const same = equals.find(text);
    if (same !== undefined) return { of: same, jaccard: 1, exact: true };
    const match = finder && closest(hashed, text, finder.candidates(text), near);
    if (match) return match;
    equals.keep(text);
    finder?.keep(text);
    return undefined;
  });
}

/** Every candidate is verified by its exact Jaccard similarity. */
function closest(hashed: Hashed, text: number, candidates: readonly number[], near: number): Match | undefined {
  let best: Match | undefined;
  for (const of of candidates) {
    const similarity = jaccard(hashed, text, of);
    if (similarity < near || (best && similarity < best.jaccard)) continue;
    if (best && similarity === best.jaccard && of > best.of) continue;
    best = { of, jaccard: similarity, exact: false };
  }
  return best;
}

/** Finds kept texts with the same sequence of words. */
function makeEquals({ words, wordAt }: Hashed) {
  const kept = new Map<number, number[]>();
  const own = (text: number): Uint32Array => words.subarray(wordAt[text], wordAt[text + 1]);
  const keyOf = (text: number): number => own(text).reduce((hash, word) => (imul(hash, 31) + word) >>> 0, 17);
  const equal = (left: Uint32Array, right: Uint32Array): boolean =>
    left.length === right.length && left.every((word, index) => word === right[index]);
  return {
    find: (text: number): number | undefined => kept.get(keyOf(text))?.find((other) => equal(own(text), own(other))),
    keep: (text: number): void => {
      const bucket = kept.get(keyOf(text));
      if (bucket) bucket.push(text);
      else kept.set(keyOf(text), [text]);
    },
  };
}

export interface Bands {
  readonly bands: number;
  readonly rows: number;
}

const MISS = 0.004;
const LARGEST_SIGNATURE = 128;

/**
 * Number of bands and rows (locality-sensitive hashing) so that a pair at the threshold t misses all bands with a
 * chance of at most .004, (1 - t^rows)^bands. Takes the most rows that a signature of 128 allows: more rows let fewer
 * dissimilar pairs through.
 */
export function bandsFor(near: number): Bands {
  const bandsOf = (rows: number): number =>
    near >= 1 ? 1 : Math.max(1, Math.ceil(Math.log(MISS) / Math.log1p(-(near ** rows))));
  let rows = 1;
  while (rows < 16 && bandsOf(rows + 1) * (rows + 1) <= LARGEST_SIGNATURE) rows += 1;
  return { bands: bandsOf(rows), rows };
}

/** Locality-sensitive hashing: texts that agree in all rows of a band share a chain of that band. */
function makeFinder({ count }: Hashed, signatures: Uint32Array, size: number, { bands, rows }: Bands): Finder {
  const width = 2 ** Math.ceil(Math.log2(count + 1));
  const heads = new Int32Array(bands * width).fill(-1);
  const next = new Int32Array(bands * count);
  const keys = new Uint32Array(bands * count);
  const seen = new Int32Array(count).fill(-1);
  const fillKeys = (text: number): void => {
    for (let band = 0; band < bands; band += 1) {
      let hash = band;
      const base = text * size + band * rows;
      for (let row = 0; row < rows; row += 1) {
        hash = imul(hash ^ signatures[base + row]!, 0x9e3779b1);
        hash ^= hash >>> 15;
      }
      keys[text * bands + band] = hash;
    }
  };
  const chainOf = (text: number, band: number): number => band * width + (keys[text * bands + band]! & (width - 1));
  const candidates = (text: number): number[] => {
    fillKeys(text);
    const found: number[] = [];
    for (let band = 0; band < bands; band += 1) {
      const key = keys[text * bands + band];
      for (let at = heads[chainOf(text, band)]!; at >= 0; at = next[at * bands + band]!) {
        if (seen[at] === text || keys[at * bands + band] !== key) continue;
        seen[at] = text;
        found.push(at);
      }
    }
    return found;
  };
  const keep = (text: number): void => {
    for (let band = 0; band < bands; band += 1) {
      const chain = chainOf(text, band);
      next[text * bands + band] = heads[chain]!;
      heads[chain] = text;
    }
  };
  return { candidates, keep };
}
