import { describe, expect, it } from '@jest/globals';
import type { Runtime } from '../../../contracts/plan.ts';
import { mergeRuntime } from '../../../domain/run/merge-runtime.ts';

const cluster = { backend: 'local', trainings: 2, servers: 3 } as const;
const at = (usd: number | undefined, concurrency?: number): Runtime => ({
  limits: usd === undefined ? {} : { usd },
  rates: concurrency === undefined ? {} : { 'lab/teacher': { concurrency } },
  cluster,
});

describe('a study that is started again', () => {
  it('takes its file as it is the first time, and says nothing', () => {
    expect(mergeRuntime({ file: at(2, 8), filed: undefined, now: undefined })).toEqual({
      runtime: at(2, 8),
      notes: [],
    });
  });

  it('keeps what was set by command while its file is unchanged, and names both', () => {
    const { runtime, notes } = mergeRuntime({ file: at(2, 8), filed: at(2, 8), now: at(5, 16) });
    expect(runtime).toEqual(at(5, 16));
    expect(notes).toEqual([
      'Cap on spending: $5, set by command; the study file still says $2.',
      expect.stringMatching(/^Rates of lab\/teacher: .* 16 in flight, set by command; .* still says .* 8 in flight\.$/),
    ]);
  });

  it('keeps a cap and a rate that its file never named', () => {
    const none = at(undefined);
    expect(mergeRuntime({ file: none, filed: none, now: at(5, 16) }).runtime).toEqual(at(5, 16));
  });

  it('follows a file that was edited, a rate and the cap each for itself', () => {
    const { runtime, notes } = mergeRuntime({ file: at(3, 8), filed: at(2, 8), now: at(5, 16) });
    expect(runtime).toEqual(at(3, 16));
    expect(notes).toContain('Cap on spending: $3, from the study file; it was $5 before.');
    const removed = mergeRuntime({ file: at(undefined, 8), filed: at(2, 8), now: at(2, 8) });
    expect(removed).toEqual({
      runtime: at(undefined, 8),
      notes: ['Cap on spending: none, from the study file; it was $2 before.'],
    });
  });

  it('notes rates that are added, removed and changed, by the names of their models', () => {
    const rated = (rates: Runtime['rates']): Runtime => ({ limits: {}, rates, cluster });
    const all = { requestsPerMinute: 60, tokensPerMinute: 900, concurrency: 2 };
    const now = rated({ z: all, a: { concurrency: 3 } });
    const file = rated({ m: { concurrency: 1 }, z: { concurrency: 2 } });
    // Without what the file said last time it counts as edited.
    expect(mergeRuntime({ file, filed: undefined, now })).toEqual({
      runtime: file,
      notes: [
        'Rates of a: none, from the study file; it was any requests and any tokens a minute, 3 in flight before.',
        'Rates of m: any requests and any tokens a minute, 1 in flight, from the study file; it was none before.',
        'Rates of z: any requests and any tokens a minute, 2 in flight, from the study file; ' +
          'it was 60 requests and 900 tokens a minute, 2 in flight before.',
      ],
    });
    expect(mergeRuntime({ file, filed: file, now }).runtime).toEqual(now);
  });

  it('says nothing of an edit to the value that was set by command', () => {
    expect(mergeRuntime({ file: at(5), filed: at(2), now: at(5) })).toEqual({ runtime: at(5), notes: [] });
  });

  it('takes the cluster from its file: no command changes that', () => {
    const file = { ...at(2), cluster: { ...cluster, servers: 1 } };
    expect(mergeRuntime({ file, filed: at(2), now: at(2) }).runtime).toEqual(file);
  });
});
