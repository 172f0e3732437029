import { describe, expect, it } from '@jest/globals';
import { countWords } from '../../../domain/failures/covariates.ts';

describe('countWords', () => {
  it.each([
    ["The gardener's well-kept rose, no. 7", 6],
    ['a gar\u00addener', 2],
    ['Привет, как дела?', 3],
    ['…', 0],
  ])('%j has %i', (text, count) => {
    expect(countWords(text)).toBe(count);
  });

  // Which words exactly is the dictionary's business, which comes with the runtime.
  it.each(['园丁轻轻地修剪玫瑰', '庭師は静かにバラを剪定した', 'คนสวนตัดแต่งกุหลาบอย่างเบามือ', 'អ្នកថែសួនកាត់ផ្កា'])(
    'finds several words in %s, fewer than characters',
    (text) => {
      expect(countWords(text)).toBeGreaterThan(2);
      expect(countWords(text)).toBeLessThan(text.length);
    },
  );
});
