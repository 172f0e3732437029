/**
 * Word shingles and MinHash signatures of many texts, in flat typed arrays. A word is a run of letters and digits in
 * lower case, or one character in a script without blanks; it and every shingle is a 32-bit hash, so that two different
 * ones are taken for one with a chance of 2^-32.
 */
import { plainForm, SPACED, UNSPACED } from '../basics/scripts.ts';

// Taken from Math once: looking it up in every step is slow in a sandboxed context.
const { imul } = Math;

export interface Hashed {
  readonly count: number;
  /** Words of text i: `words[wordAt[i]]` up to `wordAt[i + 1]`, in order; shingles alike, sorted and without repeats. */
  readonly words: Uint32Array;
  readonly wordAt: Uint32Array;
  readonly shingles: Uint32Array;
  readonly shingleAt: Uint32Array;
}

export function hashTexts(texts: readonly string[], shingle: number): Hashed {
  const room = texts.reduce((sum, text) => sum + (text.length + 1), 0) >>> 1;
  let words = new Uint32Array(room + texts.length);
  const wordAt = new Uint32Array(texts.length + 1);
  for (const [index, text] of texts.entries()) {
    const lower = text.toLowerCase();
    const start = wordAt[index]!;
    const end = hashWords(lower, words, start);
    if (end !== undefined) {
      wordAt[index + 1] = end;
      continue;
    }
    const own = hashTokens(lower);
    if (start + own.length + room > words.length) words = widen(words, 2 * (start + own.length + room));
    words.set(own, start);
    wordAt[index + 1] = start + own.length;
  }
  const shingles = new Uint32Array(wordAt[texts.length]!);
  const shingleAt = new Uint32Array(texts.length + 1);
  for (let index = 0; index < texts.length; index += 1) {
    const own = words.subarray(wordAt[index], wordAt[index + 1]);
    shingleAt[index + 1] = addShingles(own, shingle, shingles, shingleAt[index]!);
  }
  return { count: texts.length, words: words.slice(0, wordAt[texts.length]), wordAt, shingles, shingleAt };
}

/** murmur3's finaliser: every bit of the input reaches every bit of the output. */
function mix(hash: number): number {
  let h = hash;
  h = imul(h ^ (h >>> 16), 0x85ebca6b);
  h = imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

const LETTER = /[\p{L}\p{M}\p{N}]/u;
const NOT_PLAIN = new RegExp(`${UNSPACED}|[\\p{M}\\p{Cs}]`, 'u');

/** Of each UTF-16 unit: 0, no letter; 1, a letter; 2, what makes a text need its plain form, or words found otherwise. */
const kinds = Uint8Array.from({ length: 0x10000 }, (_, code) => {
  const character = String.fromCharCode(code);
  if (NOT_PLAIN.test(character) || plainForm(character) !== character) return 2;
  return LETTER.test(character) ? 1 : 0;
});

/**
 * FNV-1a over the characters of each word; punctuation, case and blanks leave no trace. Undefined at a character that
 * `hashTokens` has to deal with.
 */
function hashWords(lower: string, words: Uint32Array, start: number): number | undefined {
  let at = start;
  let hash = 0x811c9dc5;
  let inside = false;
  for (let i = 0; i <= lower.length; i += 1) {
    const code = i < lower.length ? lower.charCodeAt(i) : 0;
    const kind = kinds[code];
    if (kind === 1) {
      hash = imul(hash ^ code, 0x01000193);
      inside = true;
    } else if (kind === 2) {
      return undefined;
    } else if (inside) {
      words[at] = mix(hash);
      at += 1;
      hash = 0x811c9dc5;
      inside = false;
    }
  }
  return at;
}

/** Characters beyond the first 65,536, such as emoji, count as letters unless they are of a script without blanks. */
const TOKEN = new RegExp(`${UNSPACED}\\p{M}*|(?:${SPACED}|(?!${UNSPACED})[\\u{10000}-\\u{10ffff}])+`, 'gu');

/** The same for a text of any script, and slower: equal words get equal hashes whichever way they were found. */
function hashTokens(lower: string): number[] {
  return (plainForm(lower).match(TOKEN) ?? []).map((word) => {
    let hash = 0x811c9dc5;
    for (let i = 0; i < word.length; i += 1) hash = imul(hash ^ word.charCodeAt(i), 0x01000193);
    return mix(hash);
  });
}

function widen(words: Uint32Array, size: number): Uint32Array<ArrayBuffer> {
  const wider = new Uint32Array(size);
  wider.set(words);
  return wider;
}

/** A text shorter than one shingle is a single, short shingle. */
function addShingles(words: Uint32Array, size: number, shingles: Uint32Array, start: number): number {
  const width = Math.min(size, words.length);
  const last = words.length - width;
  if (width === 0) return start;
  for (let i = 0; i <= last; i += 1) {
    let hash = width;
    for (let j = 0; j < width; j += 1) hash = mix(imul(hash, 31) + words[i + j]!);
    shingles[start + i] = hash;
  }
  const own = shingles.subarray(start, start + last + 1).sort();
  let kept = 0;
  for (let i = 0; i < own.length; i += 1) {
    if (i > 0 && own[i] === own[kept - 1]) continue;
    own[kept] = own[i]!;
    kept += 1;
  }
  return start + kept;
}

/** Share of the shingles of both texts that are in both; two texts without any word are alike. */
export function jaccard({ shingles, shingleAt }: Hashed, left: number, right: number): number {
  let i = shingleAt[left]!;
  let j = shingleAt[right]!;
  const iEnd = shingleAt[left + 1]!;
  const jEnd = shingleAt[right + 1]!;
  const sizes = iEnd - i + (jEnd - j);
  let both = 0;
  while (i < iEnd && j < jEnd) {
    const a = shingles[i]!;
    const b = shingles[j]!;
    if (a === b) both += 1;
    if (a <= b) i += 1;
    if (b <= a) j += 1;
  }
  return sizes === 0 ? 1 : both / (sizes - both);
}

/** `size` minima per text, one after another. Each permutation is a seeded mix of the shingle's hash. */
export function signTexts({ count, shingles, shingleAt }: Hashed, size: number): Uint32Array {
  const seeds = Int32Array.from({ length: size }, (_, i) => mix(imul(i + 1, 0x9e3779b1)));
  const factors = Int32Array.from({ length: size }, (_, i) => mix(imul(i + 1, 0x7feb352d)) | 1);
  const signatures = new Uint32Array(count * size).fill(0xffffffff);
  for (let text = 0; text < count; text += 1) {
    const end = shingleAt[text + 1]!;
    const base = text * size;
    for (let at = shingleAt[text]!; at < end; at += 1) {
      const shingle = shingles[at]!;
      for (let i = 0; i < size; i += 1) {
        const product = imul(shingle ^ seeds[i]!, factors[i]!);
        const hash = imul(product ^ (product >>> 15), 0x2c1b3c6d) >>> 0;
        if (hash < signatures[base + i]!) signatures[base + i] = hash;
      }
    }
  }
  return signatures;
}
