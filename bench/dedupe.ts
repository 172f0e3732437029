/**
 * Measures dedupe on synthetic texts of 60 words, a tenth of them near duplicates of an earlier one: seconds, and how they
 * grow with the number of texts (1 is linear). Run: `node --import tsx bench/dedupe.ts`.
 */
import { performance } from 'node:perf_hooks';
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { randomStream } from '../domain/basics/random.ts';
import { dedupe, type IndexedText } from '../domain/corpus/dedupe.ts';

const SIZES = [14_000, 50_000, 200_000];
const WORDS = 60;
const VOCABULARY = Array.from({ length: 5_000 }, (_, i) => `w${i.toString(36)}${'aeiou'[i % 5]}rn`);

/** Every tenth text repeats an earlier one except for two words. */
function makeTexts(count: number): IndexedText[] {
  const stream = randomStream(7, 'bench', count);
  const draw = (size: number): number => uniformInt(stream, 0, size - 1);
  const word = (): string => VOCABULARY[Math.min(draw(VOCABULARY.length), draw(VOCABULARY.length))]!;
  const texts: string[][] = [];
  for (let index = 0; index < count; index += 1) {
    const repeats = index % 10 === 9;
    const text = repeats ? [...texts[draw(index)]!] : Array.from({ length: WORDS }, word);
    if (repeats) for (let change = 0; change < 2; change += 1) text[draw(WORDS)] = word();
    texts.push(text);
  }
  return texts.map((words, index) => ({ index, text: `${words.join(' ')}.` }));
}

dedupe(makeTexts(2_000), { near: 0.7, shingle: 3 });
let before: { count: number; seconds: number } | undefined;
for (const count of SIZES) {
  const texts = makeTexts(count);
  const start = performance.now();
  const { dropped } = dedupe(texts, { near: 0.7, shingle: 3 });
  const seconds = (performance.now() - start) / 1000;
  const growth = before ? seconds / before.seconds / (count / before.count) : 1;
  console.log(
    JSON.stringify({ texts: count, seconds: +seconds.toFixed(3), dropped: dropped.length, growth: +growth.toFixed(2) }),
  );
  before = { count, seconds };
}
