/** The truth for a sample of texts, by exact similarity: which are near an earlier text? */

interface Sampled {
  readonly index: number;
  readonly shingles: ReadonlySet<string>;
}

function shinglesOf(text: string): Set<string> {
  const words = text.toLowerCase().replace('.', '').split(' ');
  return new Set(words.slice(2).map((_word, at) => words.slice(at, at + 3).join(' ')));
}

/** By index of the sampled text. */
export function nearEarlier(
  texts: readonly string[],
  { near, sample }: { readonly near: number; readonly sample: number },
): Map<number, boolean> {
  // Every tenth text repeats an earlier one: half of the sample is of those.
  const step = Math.max(1, Math.floor((texts.length / 10 / sample) * 2)) * 10;
  const sampled: Sampled[] = [];
  for (let index = 9; index < texts.length && sampled.length < sample; index += step)
    for (const at of [index - 4, index]) sampled.push({ index: at, shingles: shinglesOf(texts[at] ?? '') });
  const holders = new Map<string, number[]>();
  for (const [at, { shingles }] of sampled.entries())
    for (const shingle of shingles) holders.set(shingle, [...(holders.get(shingle) ?? []), at]);
  const found = new Map(sampled.map(({ index }) => [index, false]));
  for (const [index, text] of texts.entries()) {
    const shingles = shinglesOf(text);
    const common = new Map<number, number>();
    for (const shingle of shingles)
      for (const at of holders.get(shingle) ?? []) common.set(at, (common.get(at) ?? 0) + 1);
    for (const [at, both] of common) {
      const { index: own, shingles: ofOwn } = sampled[at]!;
      if (index < own && both / (ofOwn.size + shingles.size - both) >= near) found.set(own, true);
    }
  }
  return found;
}
