import { chmodSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { downloadTemporal } from './download-temporal.mjs';
import { cachedTemporal, findOnPath, findTemporal, isExecutable, readServerVersion } from './find-temporal.mjs';
import { explainFailure, runCommand } from './run-command.mjs';
import { TEMPORAL } from './settings.mjs';
import { UserError } from './user-error.mjs';
import { withLock } from './with-lock.mjs';

const BUILD_LIMIT_SECONDS = 25 * 60;

/** Returns a Temporal CLI, downloaded or built into the cache when there is none. */
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
    const noDownload = await step.attempt('Temporal dev server', `download of ${TEMPORAL.version}, about 20 s`, () =>
      downloadTemporal({ workspace, env, signal }),
    );
    if (noDownload !== undefined) await build({ workspace, env, signal, step, noDownload });
    await place(join(workspace, 'temporal'), target, env);
  } finally {
    rmSync(workspace, { recursive: true, force: true });
  }
}

async function build({ workspace, env, signal, step, noDownload }) {
  const go = findOnPath('go', env);
  if (go === undefined) throw missing(noDownload, 'Go is not installed to build one.');
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
    if (!result.ok) throw missing(noDownload, `go install says ${explainFailure('go', result, env)}.`);
  });
}

/** The rename makes it whole for everyone at once: other clones may be looking. */
async function place(made, target, env) {
  chmodSync(made, 0o755);
  const { recent, text } = await readServerVersion(made, env);
  if (!recent) throw missing('it does not start', `The binary made answers "${text}" to --version.`);
  renameSync(made, target);
}

function missing(noDownload, noBuild) {
  return new UserError(
    'There is no Temporal dev server: none of server 1.29 or newer is on the PATH, the download failed ' +
      `(${noDownload}), and ${noBuild}`,
    'Install the Temporal CLI (docs.temporal.io/cli) or Go 1.24 or newer, ' +
      'or name a binary in ETUDE_TEMPORAL, then run the same command again.',
  );
}
