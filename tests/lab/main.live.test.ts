import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from '@jest/globals';

const folder = mkdtempSync(join(tmpdir(), 'lab-main-'));
const started: ChildProcess[] = [];
afterAll(() => {
  for (const child of started) child.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

function start(...options: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', 'lab/servers/main.ts', ...options], { stdio: 'pipe' });
  started.push(child);
  return child;
}

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(50);
}

describe('the lab as a process', () => {
  it('writes its URLs when it is ready, reads its faults again on SIGHUP, and ends cleanly', async () => {
    const [readyFile, faults] = [join(folder, 'ready.json'), join(folder, 'faults.json')];
    writeFileSync(faults, '{"transport": {"quota": 1}}');
    const child = start('--ready-file', readyFile, '--faults', faults);
    await until(() => existsSync(readyFile));
    const { openaiUrl } = JSON.parse(readFileSync(readyFile, 'utf8')) as { openaiUrl: string };
    const body = JSON.stringify({ model: 'lab-teacher', messages: [{ role: 'user', content: 'Topic: harbour' }] });
    const ask = () =>
      fetch(`${openaiUrl}/chat/completions`, { method: 'POST', headers: { authorization: 'Bearer x' }, body });
    expect((await ask()).status).toBe(429);
    writeFileSync(faults, '{}');
    child.kill('SIGHUP');
    await until(async () => (await ask()).status === 200);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
  });

  it('says what is wrong with its options, without a stack', async () => {
    const child = start('--faults', '{"transport": {"hung": 2}}');
    let said = '';
    child.stderr?.on('data', (chunk) => (said += String(chunk)));
    expect(await once(child, 'close')).toEqual([1, null]);
    expect(said).toContain('transport.hung');
    expect(said).not.toMatch(/^ +at /m);
  });
});
