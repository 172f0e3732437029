import { describe, expect, it } from '@jest/globals';
import { createSteps } from '../../../infra/setup/progress.mjs';
import { eventually } from '../../support/scratch.ts';

describe('a step of the set-up', () => {
  it('says what it does, that it goes on, and that it is done', async () => {
    const lines: string[] = [];
    const step = createSteps((line) => lines.push(line), { stillMs: 5 });
    const goesOn = () => lines.filter((line) => /still running after \d+ s$/.test(line)).length > 1;
    expect(await step('parts', 'all of them, 1 min', () => eventually(goesOn).then(() => 7))).toBe(7);
    expect(lines[0]).toBe('set-up: parts: all of them, 1 min');
    expect(lines.at(-1)).toMatch(/^set-up: parts: done in \d+\.\d s$/);
  });

  it('says nothing more once it has failed', async () => {
    const lines: string[] = [];
    const step = createSteps((line) => lines.push(line), { stillMs: 5 });
    await expect(step('parts', 'some', () => Promise.reject(new Error('none')))).rejects.toThrow('none');
    const told = lines.length;
    await step('others', 'some', () => eventually(() => lines.some((line) => line.includes('others: still'))));
    expect(lines.slice(told).filter((line) => line.includes('parts'))).toEqual([]);
  });
});
