// Uses nothing but Node itself, since set-up runs it before any package is installed.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const GUARD = fileURLToPath(new URL('./guard.sh', import.meta.url));

/** Starts a command that cannot outlive this process: it ends, with its whole process group, also on `stop`. */
export function spawnGuarded({ command, args, cwd, env, output, graceSeconds }) {
  const child = spawn('/bin/sh', [GUARD, String(graceSeconds), command, ...args], {
    cwd,
    env,
    detached: true,
    stdio: ['pipe', output, output],
  });
  child.stdin.on('error', () => undefined); // the guard may be gone before its pipe is closed
  child.once('exit', () => killGroup(child.pid));
  const exited = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal }));
  });
  exited.catch(() => undefined);
  const stop = () => {
    child.stdin.end();
    return exited;
  };
  return { child, exited, stop };
}

/** Ends what the command left running in its group, and the guard's own watcher. */
function killGroup(pid) {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (error.code !== 'ESRCH' && error.code !== 'EPERM') throw error;
  }
}
