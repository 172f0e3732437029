import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { makeScratch, PROJECT, writeFileIn } from '../support/scratch.ts';

const scratch = makeScratch();

/** Writes to a log that is always full, and says by its exit status whether it came to its end. */
function runWithFullLog(name: string, first: string): Promise<number | string | null | undefined> {
  const file = writeFileIn(
    scratch,
    `${name}.mts`,
    `${first}
     process.stderr.write('a line');
     setTimeout(() => process.exit(7), 50);`,
  );
  const loader = join(PROJECT, 'node_modules/tsx/dist/loader.mjs');
  return new Promise((resolve) => {
    const script = 'exec "$0" --import "$1" "$2" 2>/dev/full';
    execFile('/bin/sh', ['-c', script, process.execPath, loader, file], (error) => resolve(error?.code));
  });
}

// The kernel's own full disk; other systems than Linux have none.
(existsSync('/dev/full') ? describe : describe.skip)('a process whose log lies on a full disk', () => {
  it('goes on', async () => {
    const module = JSON.stringify(join(PROJECT, 'worker/outlive-full-log.ts'));
    expect(await runWithFullLog('kept', `import { outliveFullLog } from ${module}; outliveFullLog();`)).toBe(7);
  });

  it('would end otherwise', async () => {
    expect(await runWithFullLog('bare', '')).not.toBe(7);
  });
});
