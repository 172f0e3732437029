import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawnGuarded } from '../processes/spawn-guarded.mjs';
import { cacheFolder } from './settings.mjs';

/**
 * Runs a command to its end and returns its exit code and output. The command is stopped when this process ends, when
 * `limitSeconds` are over (`timedOut` is true then) or when `signal` is aborted.
 */
export async function runCommand({ command, args, cwd, env, signal, limitSeconds }) {
  signal?.throwIfAborted();
  const { child, exited, stop } = spawnGuarded({ command, args, cwd, env, output: 'pipe', graceSeconds: 2 });
  const chunks = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => chunks.push(chunk));
  let timedOut = false;
  const onLimit = () => {
    timedOut = true;
    void stop();
  };
  const timer = limitSeconds === undefined ? undefined : setTimeout(onLimit, limitSeconds * 1000);
  signal?.addEventListener('abort', stop, { once: true });
  try {
    const { code } = await exited;
    signal?.throwIfAborted();
    return { ok: code === 0 && !timedOut, code, timedOut, output: Buffer.concat(chunks).toString('utf8') };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', stop);
  }
}

/** Writes a failed command's whole output to a file; returns the line that best tells the reason, and the file's name. */
export function explainFailure(name, result, env) {
  const folder = join(cacheFolder(env), 'logs');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${name}-${process.pid}.log`);
  writeFileSync(file, result.output);
  const reason = result.timedOut ? 'it did not end in time' : tellingLine(result.output) || `exit code ${result.code}`;
  return `${reason.replace(/[.\s]+$/, '')} (whole output: ${file})`;
}

function tellingLine(output) {
  const lines = output.split('\n').map((line) => line.trim());
  const full = lines.filter((line) => line !== '');
  return full.find((line) => /error|ERR!|fatal|denied|no space/i.test(line) && line.length > 12) ?? full.at(-1);
}
