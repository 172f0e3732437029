import { describe, expect, it } from '@jest/globals';
import { faultsSchema, pickTransportFault, spoilReply } from '../../lab/servers/faults.ts';
import { drawItem, teacherRequest } from '../support/prompts.ts';

const faults = faultsSchema.parse({
  seed: 3,
  transport: { rateLimit: 0.1, hung: 0.05 },
  content: { refused: 0.1, truncated: 0.1, malformed: 0.1 },
});
const sights = Array.from({ length: 4000 }, (_, index) => ({
  model: 'lab-teacher',
  body: String(index % 400),
  occurrence: Math.floor(index / 400),
}));
const count = <T>(items: readonly T[], wanted: T): number => items.filter((item) => item === wanted).length;

describe('transport faults', () => {
  const picked = sights.map((sight) => pickTransportFault(faults, sight));

  it('come as often as configured, and only those that are', () => {
    expect(Math.abs(count(picked, 'rateLimit') / 4000 - 0.1)).toBeLessThan(0.02);
    expect(Math.abs(count(picked, 'hung') / 4000 - 0.05)).toBeLessThan(0.02);
    expect(new Set(picked)).toEqual(new Set([undefined, 'rateLimit', 'hung']));
  });

  it('let every request pass within a few sights', () => {
    const passed = new Set(sights.filter((_, index) => picked[index] === undefined).map(({ body }) => body));
    expect(passed.size).toBe(400);
  });

  it('depend on the seed', () => {
    const other = sights.map((sight) => pickTransportFault({ ...faults, seed: 4 }, sight));
    expect(other).not.toEqual(picked);
    expect(sights.map((sight) => pickTransportFault(faults, sight))).toEqual(picked);
  });
});

describe('content faults', () => {
  const text = 'Answer: The harbour waited.\nExplanation: The skill oath shows.';
  const requests = Array.from({ length: 1000 }, (_, index) => teacherRequest(drawItem(1, 2), String(index)));
  const spoil = () => requests.map((request) => spoilReply(faults, request, text));

  it('are a function of the request: asking again changes nothing', () => {
    expect(spoil()).toEqual(spoil());
  });

  it('come as often as configured', () => {
    const ends = spoil().map(({ end }) => end);
    const malformed = spoil().filter((reply) => reply.end === 'complete' && reply.text !== text).length;
    for (const number of [count(ends, 'refused'), count(ends, 'truncated'), malformed])
      expect(Math.abs(number / 1000 - 0.1)).toBeLessThan(0.03);
  });

  it('leave other models alone', () => {
    const kept = { ...faults, models: ['lab-strict'] };
    expect(requests.every((request) => spoilReply(kept, request, text).text === text)).toBe(true);
    expect(sights.every((sight) => pickTransportFault(kept, sight) === undefined)).toBe(true);
  });
});
