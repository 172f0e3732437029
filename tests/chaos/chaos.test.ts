/** The chaos program itself, with few kills: a whole study under faults against the same study left alone. */
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { execa } from 'execa';
import { PROJECT } from '../infra/scratch.ts';

const LIMIT_MS = 900_000;

/** What it kills is found in /proc. */
(process.platform === 'linux' ? describe : describe.skip)('a study under faults', () => {
  it(
    'ends with the bytes of the one left alone; nothing is lost, paid twice or left running',
    async () => {
      const args = ['--import', 'tsx', join(PROJECT, 'bench/chaos/main.ts'), '--seed', '2', '--kills', '4', '--json'];
      const { stdout, stderr } = await execa(process.execPath, args, {
        cwd: PROJECT,
        env: { NODE_OPTIONS: '' },
        reject: false,
      });
      expect(stderr).toBe('');
      const found = JSON.parse(stdout) as { requests: number };
      expect(found).toMatchObject({ identical: true, kills: 4, lost: 0, paidTwice: 0, invented: 0, left: [] });
      expect(found.requests).toBeGreaterThan(100);
    },
    LIMIT_MS,
  );
});
