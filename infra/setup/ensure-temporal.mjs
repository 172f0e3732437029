import { chmodSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { downloadTemporal } from './download-temporal.mjs';
import { cachedTemporal, findOnPath, findTemporal, isExecutable, readServerVersion } from './find-temporal.mjs';
import { explainFailure, runCommand } from './run-command.mjs';
import { TEMPORAL } from './settings.mjs';
import { UserError } from './user-error.mjs';
import { withLock } from './with-lock.mjs';

const BUILD_LIMIT_SECONDS = 25 * 60;

/** Returns the path of a Temporal CLI; when this machine has none, downloads or builds it into the cache. */
export async function ensureTemporal({ env, signal, step }) {
  const found = await findTemporal(env);
  if (found !== undefined) return found;
  const target = cachedTemporal(env);
  await withLock(
    `${dirname(target)}.lock`,
    async () => {
      if (!isExecutable(target)) await obtain({ target, env, signal, step });
    },
    () => step.wait('Temporal dev server'),
  );
  return target;
}

async function obtain({ target, env, signal, step }) {
  const folder = dirname(target);
  mkdirSync(folder, { recursive: true });
  for (const left of readdirSync(folder)) rmSync(join(folder, left), { recursive: true, force: true });
  const workspace = mkdtempSync(join(folder, 'making-'));
  try {
    const name = 'Temporal dev server';
    const download = () => downloadTemporal({ workspace, env, signal });
    const whyNoDownload = await step.attempt(name, `download of ${TEMPORAL.version}, about 20 s`, download);
    if (whyNoDownload !== undefined) await build({ workspace, env, signal, step, whyNoDownload });
    await place(join(workspace, 'temporal'), target, env);
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
}

async function build({ workspace, env, signal, step, whyNoDownload }) {
  const go = findOnPath('go', env);
  if (go === undefined) throw missing(whyNoDownload, 'Go, which could build it, is not installed.');
  step.note(`Temporal dev server: download failed (${whyNoDownload}); building it with Go instead`);
  const source = `${TEMPORAL.package}@${TEMPORAL.version}`;
  await step('Temporal dev server', `go install of ${TEMPORAL.version}, 2 to 5 min, once per machine`, async () => {
    const result = await runCommand({
      command: go,
      args: ['install', '-trimpath', '-ldflags', '-s -w', source],
      cwd: workspace,
      env: { ...env, GOBIN: workspace },
      signal,
      limitSeconds: BUILD_LIMIT_SECONDS,
    });
    if (!result.ok) throw missing(whyNoDownload, `go install failed: ${explainFailure('go', result, env)}.`);
  });
}

/** Renames rather than copies: other clones share this cache and must never find half a binary. */
async function place(made, target, env) {
  chmodSync(made, 0o755);
  const { recent, text } = await readServerVersion(made, env);
  if (!recent) throw missing('it does not start', `the new binary answers "${text}" to --version.`);
  renameSync(made, target);
}

function missing(whyNoDownload, whyNoBuild) {
  return new UserError(
    'There is no Temporal dev server: none of version 1.29 or newer is on the PATH, the download failed ' +
      `(${whyNoDownload}), and ${whyNoBuild}`,
    'Install the Temporal CLI (docs.temporal.io/cli) or Go 1.24 or newer, ' +
      'or name a binary in ETUDE_TEMPORAL, then run the same command again.',
  );
}
