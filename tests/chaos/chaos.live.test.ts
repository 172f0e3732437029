/** The chaos program itself, with few kills: a whole study under faults against the same study left alone. */
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { PROJECT } from '../support/scratch.ts';

const LIMIT_MS = 900_000;

/** What it kills is found in /proc. */
(process.platform === 'linux' ? describe : describe.skip)('a study under faults', () => {
  it(
    'ends with the bytes of the one left alone; nothing is lost, paid twice or left running',
    async () => {
      const args = ['--import', 'tsx', join(PROJECT, 'chaos/main.ts'), '--seed', '2', '--kills', '4', '--json'];
      const run = await execa(process.execPath, args, { cwd: PROJECT, env: { NODE_OPTIONS: '' }, reject: false });
      // What it wrote to standard error says why there is no JSON.
      const found = (run.stdout === '' ? { stderr: run.stderr } : JSON.parse(run.stdout)) as {
        readonly kills?: number;
        readonly requests?: number;
        readonly jumped?: { readonly forward: number };
      };
      expect(found).toMatchObject({ identical: true, lost: 0, paidTwice: 0, invented: 0, left: [] });
      // A kill that comes while the last one named is awaited is one more.
      expect(found.kills).toBeGreaterThanOrEqual(4);
      expect(found.requests).toBeGreaterThan(100);
      expect(found.jumped?.forward).toBeGreaterThan(0);
    },
    LIMIT_MS,
  );
});
