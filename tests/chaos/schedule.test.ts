import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isIn, LAST_DUE, makeSchedule, PARTS } from '../../chaos/schedule.ts';

const inputs = fc.record({
  seed: fc.nat(),
  kills: fc.integer({ min: 0, max: 200 }),
  types: fc.integer({ min: 0, max: 12 }),
});

describe('a schedule', () => {
  it('is a function of the seed, and another one for another seed', () => {
    fc.assert(fc.property(inputs, (input) => expect(makeSchedule(input)).toEqual(makeSchedule(input))));
    expect(makeSchedule({ seed: 1, kills: 50, types: 10 })).not.toEqual(
      makeSchedule({ seed: 2, kills: 50, types: 10 }),
    );
  });

  it('has exactly the kills that were asked for, in order, all of them due before the end', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const { kills, caught } = makeSchedule(input);
        expect(kills.length + caught).toBe(input.kills);
        const dues = kills.map(({ due }) => due);
        expect(dues).toEqual([...dues].sort((a, b) => a - b));
        for (const due of dues) expect(due >= 0 && due <= LAST_DUE).toBe(true);
      }),
    );
  });

  it('kills every part, and spares one of five trainings and servers, when there is room', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const { kills, caught } = makeSchedule({ seed, kills: 50, types: 10 });
        expect(caught).toBe(10);
        expect(new Set(kills.map(({ part }) => part))).toEqual(new Set(PARTS));
        for (const part of ['trainer', 'student'] as const)
          expect(kills.filter((kill) => kill.part === part).length).toBeLessThan(5);
      }),
    );
  });

  it('sets the clock forward and back in turns, by hours, before the end', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const { jumps } = makeSchedule(input);
        expect(jumps.length).toBeGreaterThanOrEqual(2);
        jumps.forEach(({ hours, due }, index) => {
          const moved = hours - (jumps[index - 1]?.hours ?? 0);
          expect(index % 2 === 0 ? moved : -moved).toBeGreaterThanOrEqual(1);
          expect(due >= (jumps[index - 1]?.due ?? 0) && due <= LAST_DUE).toBe(true);
        });
      }),
    );
  });

  it('has storms for half of the way', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const { storms } = makeSchedule(input);
        const points = Array.from({ length: 1600 }, (_, index) => (index + 0.5) / 1600);
        expect(points.filter((at) => isIn(storms, at)).length).toBe(800);
      }),
    );
  });
});
