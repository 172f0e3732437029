import { describe, expect, it } from '@jest/globals';
import { countSentences } from '../../../domain/scoring/sentences.ts';

describe('countSentences', () => {
  it.each([
    ['One.', 1],
    ['One. Two! Three? Four', 4],
    ['Mr. Smith met Mrs. Jones, Ms. Lee, Dr. Who and Prof. Higgins. They left.', 2],
    ['"Stop!" He stopped.', 2],
    ['He said "Stop." "Why?" she asked.', 2],
    ['"Stop!" "Go!" They went.', 3],
    ["'Stop!' 'Go!' They went.", 3],
    // The published pattern knows straight quotes and the letters A to Z alone.
    ['“Stop!” “Go!” They went.', 1],
    ['“Stop!” "Go!" They went.', 2],
    ['It cost 3.50 in all. and that was it.', 1],
    ['One.Two', 1],
    ['One.  Two spaces part nothing.', 1],
    ['One.\nA line break parts nothing.', 1],
    ['Wait... What?', 2],
    ['Etc. and so on.', 1],
    ['Really? Dr. von Braun came.', 2],
    ['Élan. Évian. Elan.', 2],
    ['Plan A. B. C. Done.', 4],
    ['', 1],
  ])('%j has %i', (text, count) => {
    expect(countSentences(text)).toBe(count);
  });
});

describe('countSentences by Unicode', () => {
  it.each([
    ['One.', 1],
    ['One. Two! Three? Four', 4],
    ['Dr. Who and Prof. Higgins met. They left.', 2],
    ['One.  Two.', 2],
    ['One.\nTwo.', 2],
    // Marks alone are none.
    ['One.\n\n---\n\nTwo.', 2],
    // A question within a sentence ends one by these rules.
    ['She asked "Why?" and left.', 2],
    ['It cost 3.50 in all.', 1],
    ['“Stop!” “Go!” They went.', 3],
    ['Élan. Évian.', 2],
    ['...', 1],
    ['', 1],
  ])('%j has %i', (text, count) => {
    expect(countSentences(text, 'segmenter')).toBe(count);
  });
});
