import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { describeFullDisk } from '../../../client/running/full-disk.ts';
import { makeScratch } from '../../support/scratch.ts';
import { fillDisk, mountSmallDisk } from '../../support/small-disk.ts';

const scratch = makeScratch();
const disk = mountSmallDisk(16_384);

describe('the disk of a home', () => {
  it('that cannot be looked at says so', async () => {
    await expect(describeFullDisk({ directory: scratch, state: join(scratch, 'none') })).rejects.toThrow('ENOENT');
  });

  (disk === undefined ? it.skip : it)('is told when it is full, with what to do', async () => {
    const home = { directory: disk as string, state: disk as string };
    expect(await describeFullDisk(home)).toBeUndefined();
    fillDisk(disk as string);
    expect(await describeFullDisk(home)).toBe(
      `the disk of ${disk} is full: free some space, then the study continues by itself`,
    );
  });
});
