import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { KillList } from '../../chaos/kill-list.ts';
import { makeSchedule, PARTS } from '../../chaos/schedule.ts';

const MINUTE = 60_000;

describe('a list of kills', () => {
  it('names what is due once the calls are so far, and each kill once', () => {
    const list = new KillList([
      { part: 'worker', due: 0.1 },
      { part: 'temporal', due: 0.2 },
      { part: 'worker', due: 0.5 },
    ]);
    expect(list.due(0.05)).toEqual([]);
    expect(list.due(0.3)).toEqual(['worker', 'temporal']);
    list.note('worker', 0);
    expect(list.due(0.3)).toEqual(['temporal']);
    expect(list.backlog(1)).toBe(2);
    expect(list.left).toBe(2);
  });

  it('never kills a part five times within a minute under one owner, and gets through in the end', () => {
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const list = new KillList(makeSchedule({ seed, kills: 50, types: 10 }).kills);
        let deaths: { part: string; at: number }[] = [];
        let now = 0;
        for (; list.left > 0 && now < 60 * MINUTE; now += 500) {
          const part = list.due(1).find((candidate) => list.bearable(candidate, now));
          if (!part) continue;
          list.note(part, now);
          deaths = part === 'owner' ? [] : [...deaths, { part, at: now }];
          for (const each of PARTS)
            expect(deaths.filter((death) => death.part === each && now - death.at < MINUTE).length).toBeLessThan(5);
        }
        expect(list.left).toBe(0);
      }),
    );
  });

  it('keeps one death of a worker for one that is caught, which comes on top', () => {
    const list = new KillList(Array.from({ length: 9 }, () => ({ part: 'worker' as const, due: 0 })));
    for (const at of [0, 2_000, 4_000]) list.note('worker', at);
    expect(list.bearable('worker', 6_000)).toBe(false);
    expect(list.bearable('worker', 6_000, { caught: true })).toBe(true);
    list.note('worker', 6_000, { caught: true });
    expect(list.left).toBe(6);
    expect(list.bearable('worker', 8_000, { caught: true })).toBe(false);
    list.note('owner', 10_000);
    expect(list.bearable('worker', 12_000)).toBe(true);
  });

  it('kills workers instead of what no longer runs', () => {
    const list = new KillList([
      { part: 'trainer', due: 0 },
      { part: 'student', due: 0 },
    ]);
    list.giveUpShortLived();
    list.makeUp(1);
    expect(list.due(1)).toEqual(['worker']);
    expect(list.left).toBe(3);
  });
});
