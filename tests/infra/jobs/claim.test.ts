import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { withClaim } from '../../../infra/jobs/claim.ts';
import { thisProcess } from '../../../infra/jobs/processes.ts';
import { makeScratch } from '../../support/scratch.ts';

const scratch = makeScratch();

describe('a claim', () => {
  it('lets one in at a time, and is gone when nobody wants it', async () => {
    const path = join(scratch, 'wanted');
    let inside = 0;
    const work = async (): Promise<number> => {
      const seen = (inside += 1);
      await new Promise((resolve) => setImmediate(resolve));
      inside -= 1;
      return seen;
    };
    const seen = await Promise.all(Array.from({ length: 8 }, () => withClaim(path, work)));
    expect(seen).toEqual(Array.from({ length: 8 }, () => 1));
    expect(existsSync(path)).toBe(false);
  });

  it.each([
    ['of a process that has gone', JSON.stringify({ ...thisProcess(), birth: 'another' })],
    ['that was cut with the power', JSON.stringify(thisProcess()).slice(0, 5)],
    ['of which nothing was written', ''],
  ])('%s is taken over', async (what, content) => {
    const path = join(scratch, what.replaceAll(' ', '-'));
    writeFileSync(path, content);
    expect(await withClaim(path, async () => 'done')).toBe('done');
  });
});
