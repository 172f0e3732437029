import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cut, range, runWindowed } from '../../workflows/run-windowed.ts';

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await Promise.resolve();
};

describe('runWindowed', () => {
  it('runs every element once, in order of start, never more than the window at a time', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.nat(5)), fc.integer({ min: 1, max: 8 }), async (lengths, window) => {
        const started: number[] = [];
        let [inWork, most] = [0, 0];
        const taken = await runWindowed(range(0, lengths.length), window, async (index) => {
          started.push(index);
          most = Math.max(most, ++inWork);
          await turns(lengths[index] ?? 0);
          inWork--;
        });
        expect(taken).toBe(lengths.length);
        expect(started).toEqual(range(0, lengths.length));
        expect(most).toBe(Math.min(window, lengths.length));
        expect(inWork).toBe(0);
      }),
    ));

  it('that stops and goes on with what it has not taken, again and again, does every element once', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(5)),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 0, max: 6 }),
        async (lengths, window, budget) => {
          const ended: number[] = [];
          let runs = 0;
          for (let done = 0; done < lengths.length; runs++) {
            let spent = 0;
            done += await runWindowed(
              range(done, lengths.length),
              window,
              async (index) => {
                await turns(lengths[index] ?? 0);
                spent++;
                ended.push(index);
              },
              () => spent >= budget,
            );
            expect([...ended].sort((a, b) => a - b)).toEqual(range(0, done));
          }
          expect(ended).toHaveLength(lengths.length);
          expect(runs).toBeLessThanOrEqual(lengths.length);
        },
      ),
    ));

  it('after a failure takes no more, waits for those in work, and rejects with the first failure', async () => {
    const ended: number[] = [];
    const work = async (index: number) => {
      await turns(index === 1 ? 1 : 5);
      if (index === 1) throw new Error('the second');
      ended.push(index);
      if (index === 2) throw new Error('the third');
    };
    await expect(runWindowed(range(0, 6), 3, work)).rejects.toThrow('the second');
    expect(ended).toEqual([0, 2]);
  });
});

it('cut covers a range without gaps, in runs of at most the size', () =>
  fc.assert(
    fc.property(fc.nat(50), fc.nat(200), fc.integer({ min: 1, max: 60 }), (from, length, size) => {
      const runs = cut(from, from + length, size);
      expect(runs.flatMap((run) => range(run.from, run.to))).toEqual(range(from, from + length));
      for (const run of runs) expect(run.to - run.from).toBeLessThanOrEqual(size);
    }),
  ));
