/** Texts of 60 words, a tenth of them near duplicates of an earlier one. */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { randomStream } from '../../domain/basics/random.ts';

const WORDS = 60;
const VOCABULARY = Array.from({ length: 5_000 }, (_, i) => `w${i.toString(36)}${'aeiou'[i % 5]}rn`);

/** Every tenth text repeats an earlier one except for one to five words: with five, about half are near it. */
export function makeTexts(count: number): string[] {
  const stream = randomStream(7, 'bench', count);
  const draw = (size: number): number => uniformInt(stream, 0, size - 1);
  const word = (): string => VOCABULARY[Math.min(draw(VOCABULARY.length), draw(VOCABULARY.length))]!;
  const texts: string[][] = [];
  for (let index = 0; index < count; index += 1) {
    const repeats = index % 10 === 9;
    const text = repeats ? [...texts[draw(index)]!] : Array.from({ length: WORDS }, word);
    const changes = repeats ? 1 + draw(5) : 0;
    for (let change = 0; change < changes; change += 1) text[draw(WORDS)] = word();
    texts.push(text);
  }
  return texts.map((words) => `${words.join(' ')}.`);
}
