import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { describe, expect, it } from '@jest/globals';
import { Clock } from '../../chaos/clock.ts';
import { makeScratch } from '../support/scratch.ts';

const scratch = makeScratch();
const HOUR = 3_600_000;
/** Tells its time of day in three ways, and how long it runs, whenever it is asked. */
const TELL = `process.stdin.on('data', () => console.log(JSON.stringify(
  [Date.now(), +new Date(), Date.parse(Date()), performance.now(), +new Date(5)])));
console.log('ready');`;

describe('the clock of the programs under faults', () => {
  it('is set forward and back while they run, and their timers go on', async () => {
    const clock = new Clock(scratch);
    const program = spawn(process.execPath, ['-e', TELL], { env: { ...process.env, ...clock.env } });
    const lines = createInterface(program.stdout)[Symbol.asyncIterator]();
    const next = async () => String((await lines.next()).value);
    expect(await next()).toBe('ready');
    /** Asked until it has looked at the clock again; its answers are compared with the right time around them. */
    const askUntil = async (hours: number): Promise<number> => {
      for (;;) {
        const before = Date.now() + hours * HOUR;
        program.stdin.write('?');
        const [now, made, told, runs, given] = JSON.parse(await next()) as [number, number, number, number, number];
        const after = Date.now() + hours * HOUR;
        expect(given).toBe(5);
        const isRight = (time: number, exact = 1): boolean => time >= before - exact && time <= after;
        if (isRight(now) && isRight(made) && isRight(told, 1_000)) return runs;
      }
    };
    const first = await askUntil(0);
    expect(clock.set(5)).toBe(5);
    const second = await askUntil(5);
    expect(clock.set(-3)).toBe(-8);
    const third = await askUntil(-3);
    expect([first, second, third]).toEqual([first, second, third].toSorted((a, b) => a - b));
    expect(third).toBeLessThan(HOUR);
    program.kill('SIGKILL');
    await once(program, 'close');
  });
});
