import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join, resolve } from 'node:path';
import { runCommand } from './run-command.mjs';
import { cacheFolder, TEMPORAL } from './settings.mjs';
import { UserError } from './user-error.mjs';

export function cachedTemporal(env) {
  return join(cacheFolder(env), `temporal-${TEMPORAL.version}`, 'temporal');
}

/** A binary that exists already: the one named in `ETUDE_TEMPORAL`, on the PATH, or in the cache; undefined without one. */
export async function findTemporal(env) {
  if (env.ETUDE_TEMPORAL) return checkNamed(resolve(env.ETUDE_TEMPORAL), env);
  const onPath = findOnPath('temporal', env);
  if (onPath !== undefined && (await readServerVersion(onPath, env)).recent) return onPath;
  const cached = cachedTemporal(env);
  return isExecutable(cached) ? cached : undefined;
}

async function checkNamed(path, env) {
  const remedy = 'Set it to a Temporal CLI of server 1.29 or newer, or unset it to let set-up find or install one.';
  if (!isExecutable(path))
    throw new UserError(`ETUDE_TEMPORAL names ${path}, which is not an executable file.`, remedy);
  const { recent, text } = await readServerVersion(path, env);
  if (!recent) throw new UserError(`ETUDE_TEMPORAL names ${path}, whose version is "${text}".`, remedy);
  return path;
}

export async function readServerVersion(path, env) {
  const { ok, output } = await runCommand({ command: path, args: ['--version'], env, limitSeconds: 20 });
  const text = output.trim().split('\n')[0] ?? '';
  const [, major, minor] = /Server (\d+)\.(\d+)/.exec(output) ?? [];
  const [wantedMajor, wantedMinor] = TEMPORAL.minimumServer;
  const recent = Number(major) > wantedMajor || (Number(major) === wantedMajor && Number(minor) >= wantedMinor);
  return { recent: ok && recent, text };
}

export function findOnPath(name, env) {
  const folders = (env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

export function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
