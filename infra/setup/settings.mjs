import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

export const TEMPORAL = {
  version: 'v1.5.1',
  package: 'github.com/temporalio/cli/cmd/temporal',
  /** Older servers cannot change the rate limit of a task queue while they run. */
  minimumServer: [1, 29],
  download: 'https://temporal.download/cli',
};

export const UV_VERSION = '0.13.8';
export const MINIMUM_PYTHON = [3, 11];

/** Kept outside the checkout, so that a second clone finds what the first one built. */
export function cacheFolder(env) {
  if (env.ETUDE_CACHE) return resolve(env.ETUDE_CACHE);
  return join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), '.cache'), 'etude');
}
