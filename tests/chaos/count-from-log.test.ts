import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { abandonedAtMost, countFromLog, type LedgerEntry, type LoggedRequest } from '../../chaos/count-from-log.ts';

const request = (received: number, outcome: string, body = 'a'): LoggedRequest => ({ body, received, outcome });
const entry = (committed: number, abandoned = 0, body = 'a'): LedgerEntry => ({ body, committed, abandoned });
const NOTHING = { requests: 0, paidTwice: 0, abandoned: 0, lost: 0, uncounted: 0, invented: 0 };

describe('requests and the ledger', () => {
  it.each([
    ['one reply, kept', [request(1, 'reply')], [entry(2)], { requests: 1 }],
    ['refused, then kept', [request(1, 'rateLimit'), request(2, 'reply')], [entry(3)], { requests: 2 }],
    ['cut, counted, then kept', [request(1, 'cut'), request(2, 'reply')], [entry(3, 1)], { requests: 2, abandoned: 1 }],
    [
      'sent in full to a worker that was killed, then kept',
      [request(1, 'reply'), request(2, 'reply')],
      [entry(3, 1)],
      { requests: 2, abandoned: 1 },
    ],
    [
      'sent in full and dropped by somebody alive',
      [request(1, 'reply'), request(2, 'reply')],
      [entry(3, 0)],
      { requests: 2, lost: 1 },
    ],
    [
      'sent again after it was kept',
      [request(1, 'reply'), request(3, 'reply')],
      [entry(2)],
      { requests: 2, paidTwice: 1 },
    ],
    [
      'sent again, and refused',
      [request(1, 'reply'), request(3, 'rateLimit')],
      [entry(2)],
      { requests: 2, paidTwice: 1 },
    ],
    ['answered, and never kept', [request(1, 'reply')], [], { requests: 1, lost: 1 }],
    [
      'hung, and forgotten',
      [request(1, 'hung'), request(2, 'reply')],
      [entry(3)],
      { requests: 2, abandoned: 1, uncounted: 1 },
    ],
    ['kept, though never answered', [request(1, 'cut')], [entry(2, 1)], { requests: 1, abandoned: 1, invented: 1 }],
  ])('%s', (_, log, ledger, counts) => {
    expect(countFromLog(log, ledger)).toEqual({ ...NOTHING, ...counts });
  });

  /** What a ledger that keeps its word does with the fates of its requests, one after the other. */
  const fates = fc.array(fc.constantFrom('refused', 'cut', 'hung', 'killed', 'killed-before-it'), { maxLength: 6 });
  const OUTCOMES = {
    refused: 'overloaded',
    cut: 'cut',
    hung: 'hung',
    killed: 'reply',
    'killed-before-it': 'abandoned',
  };
  const keys = fc.array(fates, { minLength: 1, maxLength: 20 });

  const play = (all: readonly (readonly (keyof typeof OUTCOMES)[])[]) => {
    const log = all.flatMap((each, key) => [
      ...each.map((fate, at) => request(at, OUTCOMES[fate], String(key))),
      request(each.length, 'reply', String(key)),
    ]);
    const unknown = all.map((each) => each.filter((fate) => fate !== 'refused').length);
    return { log, ledger: unknown.map((count, key) => entry(100, count, String(key))), unknown };
  };

  it('agree when every reply is kept or counted, in whatever order the log is read', () => {
    fc.assert(
      fc.property(keys, (all) => {
        const { log, ledger, unknown } = play(all);
        const abandoned = unknown.reduce((sum, count) => sum + count, 0);
        const expected = { ...NOTHING, requests: log.length, abandoned };
        expect(countFromLog(log, ledger)).toEqual(expected);
        expect(countFromLog([...log].reverse(), ledger)).toEqual(expected);
      }),
    );
  });

  it('disagree by one for each reply that is dropped or paid for again', () => {
    fc.assert(
      fc.property(keys, fc.nat(), fc.boolean(), (all, which, late) => {
        const { log, ledger } = play(all);
        const body = String(which % all.length);
        const sound = countFromLog(log, ledger);
        const found = countFromLog([...log, request(late ? 101 : 50, 'reply', body)], ledger);
        expect(found.paidTwice).toBe(late ? 1 : 0);
        expect(found.lost).toBe(late ? 0 : 1);
        expect(found.abandoned).toBe(sound.abandoned);
      }),
    );
  });
});

describe('the most that can be abandoned', () => {
  it('is what was in flight at kills, what was spoiled and what came too late', () => {
    const log = [
      { ...request(0, 'reply'), ended: 100 },
      { ...request(0, 'reply'), ended: 4_900 },
      { ...request(0, 'abandoned'), ended: 5_001 },
      { ...request(0, 'abandoned'), ended: 200 },
      { ...request(0, 'cut'), ended: 100 },
      { ...request(0, 'hung'), ended: 5_000 },
      { ...request(0, 'rateLimit'), ended: 10 },
    ];
    expect(abandonedAtMost(log, { heldAtKills: 3, deadline: 5_000 })).toBe(3 + 2 + 2);
  });
});
