import { describe, expect, it } from '@jest/globals';
import { waveSizes } from '../../../domain/plan/wave-sizes.ts';

describe('the waves of composing', () => {
  it.each([
    [10, 10, 4, [10]],
    [10, 18, 4, [10, 4, 4]],
    [10, 19, 4, [10, 4, 4, 1]],
    [10, 13, 4, [10, 3]],
    [10, 7, 4, [7]],
  ])('of %d wanted texts, %d planned, by %d, are %j', (target, count, wave, sizes) => {
    expect(waveSizes(target, count, wave)).toEqual(sizes);
  });
});
