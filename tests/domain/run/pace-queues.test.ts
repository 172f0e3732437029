import { describe, expect, it } from '@jest/globals';
import { paceQueues, type StudyCalls } from '../../../domain/run/pace-queues.ts';

const study = (given: Partial<StudyCalls> = {}, rate: object = {}): StudyCalls => ({
  queues: [
    { name: 'teacher', model: 'there/teacher', rate: { concurrency: 8, ...rate } },
    { name: 'tiny', model: 'tiny', rate: { concurrency: 2 } },
  ],
  paused: false,
  held: [],
  unpaid: [],
  ...given,
});
const open = (...studies: StudyCalls[]) =>
  [...paceQueues(studies)].filter(([, pace]) => pace.open).map(([name]) => name);

describe('the pace of call queues', () => {
  it('is nothing for what a person holds, or must act for first', () => {
    expect(open(study())).toEqual(['teacher', 'tiny']);
    expect(open(study({ paused: true }))).toEqual([]);
    expect(open(study({ held: ['there'] }))).toEqual(['tiny']);
    expect(open(study({ unpaid: ['there/teacher'] }))).toEqual(['tiny']);
    // A student is no provider's, whatever its name.
    expect(open(study({ held: ['tiny', 'tin'] }))).toEqual(['teacher', 'tiny']);
  });

  it('goes on for a study beside one that is paused', () => {
    expect(open(study({ paused: true }), study())).toEqual(['teacher', 'tiny']);
    expect(open(study(), study({ paused: true }))).toEqual(['teacher', 'tiny']);
  });

  it('is the slowest of the studies that share a model', () => {
    const paces = paceQueues([study({}, { requestsPerMinute: 60 }), study({}, { concurrency: 3 })]);
    expect(paces.get('teacher')?.rate).toMatchObject({ requestsPerMinute: 60, concurrency: 3 });
    expect(paces.get('tiny')?.rate).toEqual({ concurrency: 2 });
  });

  it.each([
    [
      { requestsPerMinute: 60, tokensPerMinute: 9 },
      { requestsPerMinute: 50, tokensPerMinute: 8, concurrency: 9 },
    ],
    [
      { requestsPerMinute: 50, tokensPerMinute: 8 },
      { requestsPerMinute: 60, tokensPerMinute: 9 },
    ],
    [{ requestsPerMinute: 50, tokensPerMinute: 8 }, {}],
  ])('is the smallest of each limit, in any order: %j and %j', (first, second) => {
    for (const rates of [[first, second] as const, [second, first] as const])
      expect(paceQueues(rates.map((rate) => study({}, rate))).get('teacher')?.rate).toEqual({
        requestsPerMinute: 50,
        tokensPerMinute: 8,
        concurrency: 8,
      });
  });
});
