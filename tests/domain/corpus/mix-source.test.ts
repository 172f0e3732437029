import { describe, expect, it } from '@jest/globals';
import type { Mix } from '../../../contracts/fine-tuning.ts';
import { mixFileOf, readMixSource, toTrainingMix } from '../../../domain/corpus/mix-source.ts';

const COMMIT = 'a'.repeat(40);
const mix = (source: string, revision = COMMIT): Mix => ({
  ...{ source, revision, ratio: 0.1, unit: 'tokens', loss: 'all-tokens' },
});

describe('the source of data to mix in', () => {
  it('is a file, known by its bytes', () => {
    const file = mix('../corpus/prose.jsonl', 'b'.repeat(64));
    expect(toTrainingMix(file)).toEqual({
      ...{ from: 'file', path: 'mix.jsonl', sha256: 'b'.repeat(64), ratio: 0.1, unit: 'tokens', loss: 'all-tokens' },
    });
    expect(mixFileOf(file)).toBe('b'.repeat(64));
  });

  it('is a dataset of the hub, with or without a configuration', () => {
    expect(toTrainingMix(mix('hub:org/prose'))).toMatchObject({ from: 'hub', name: 'org/prose', config: null });
    const english = toTrainingMix(mix('hub:org/prose/en'));
    expect(english).toMatchObject({ name: 'org/prose', config: 'en', revision: COMMIT });
    expect(mixFileOf(mix('hub:org/prose'))).toBeUndefined();
    expect(mixFileOf(undefined)).toBeUndefined();
  });

  it.each(['hub:prose', 'hub:org/', 'hub:/prose', 'hub:org/prose/en/more', 'hub:org/prose/', 'hub:'])(
    'is refused as %s',
    (source) => expect(() => readMixSource(mix(source))).toThrow('names no dataset'),
  );

  it('is refused without a commit', () => {
    expect(() => readMixSource(mix('hub:org/prose', 'main'))).toThrow('"main" is not a commit');
  });
});
