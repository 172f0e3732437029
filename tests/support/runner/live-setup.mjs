/**
 * Before the first live test of a run: a folder that its test files share (its path in ETUDE_TEST_RUN). When a test asks
 * for services, which live-services.ts does, a process is started that serves them until the run ends, killed or not.
 */
import { existsSync, mkdtempSync, openSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnGuarded } from '../../../infra/processes/spawn-guarded.mjs';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const POLL_MS = 100;
/** Longer than a Temporal server takes to end by itself. */
const GRACE_SECONDS = 15;

export default function setUp() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'etude-run-')));
  process.env.ETUDE_TEST_RUN = folder;
  let services;
  const watching = setInterval(() => {
    if (!existsSync(join(folder, 'services-wanted'))) return;
    clearInterval(watching);
    services = spawnGuarded({
      command: process.execPath,
      args: ['--import', 'tsx', join(ROOT, 'tests/support/runner/serve-live.ts'), folder],
      cwd: ROOT,
      env: { ...process.env, NODE_OPTIONS: '' },
      output: openSync(join(folder, 'services.log'), 'a'),
      graceSeconds: GRACE_SECONDS,
    });
  }, POLL_MS);
  globalThis.endLiveRun = async () => {
    clearInterval(watching);
    await services?.stop();
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  };
}
