import { describe, expect, it } from '@jest/globals';
import type { Runtime } from '../../contracts/plan.ts';
import { takeUpRuntime } from '../../domain/take-up-runtime.ts';

const cluster = { backend: 'local', trainings: 2, servers: 3 } as const;
const at = (usd: number | undefined, concurrency?: number): Runtime => ({
  limits: usd === undefined ? {} : { usd },
  rates: concurrency === undefined ? {} : { 'lab/teacher': { concurrency } },
  cluster,
});

describe('a study that is started again', () => {
  it('takes its file as it is the first time, and says nothing', () => {
    expect(takeUpRuntime({ file: at(2, 8), filed: undefined, now: undefined })).toEqual({
      runtime: at(2, 8),
      notes: [],
    });
  });

  it('keeps what was changed by hand while its file says what it said, and tells both', () => {
    const { runtime, notes } = takeUpRuntime({ file: at(2, 8), filed: at(2, 8), now: at(5, 16) });
    expect(runtime).toEqual(at(5, 16));
    expect(notes).toEqual([
      'Cap on spending: $5, as it was set by hand; the study file says $2, as before.',
      expect.stringMatching(
        /^Rates of lab\/teacher: .* 16 in flight, as it was set by hand; .* 8 in flight, as before/,
      ),
    ]);
  });

  it('keeps a cap and a rate that its file never named', () => {
    const none = at(undefined);
    expect(takeUpRuntime({ file: none, filed: none, now: at(5, 16) }).runtime).toEqual(at(5, 16));
  });

  it('follows a file that was edited, a rate and the cap each for itself', () => {
    const { runtime, notes } = takeUpRuntime({ file: at(3, 8), filed: at(2, 8), now: at(5, 16) });
    expect(runtime).toEqual(at(3, 16));
    expect(notes).toContain('Cap on spending: $3, as the study file says now; it was $5.');
    const removed = takeUpRuntime({ file: at(undefined, 8), filed: at(2, 8), now: at(2, 8) });
    expect(removed).toEqual({
      runtime: at(undefined, 8),
      notes: ['Cap on spending: none, as the study file says now; it was $2.'],
    });
  });

  it('says nothing of an edit that comes to what was set by hand', () => {
    expect(takeUpRuntime({ file: at(5), filed: at(2), now: at(5) })).toEqual({ runtime: at(5), notes: [] });
  });

  it('takes the cluster from its file: nobody changes that by hand', () => {
    const file = { ...at(2), cluster: { ...cluster, servers: 1 } };
    expect(takeUpRuntime({ file, filed: at(2), now: at(2) }).runtime).toEqual(file);
  });
});
