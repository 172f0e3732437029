/** Keys that are planted in an environment, and where they must not turn up. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { processesOf, readWords } from '../../chaos/victims.ts';

export interface Planted {
  readonly environment: Record<string, string>;
  readonly secrets: readonly string[];
}

/** Distinctive per home, so that whoever pays is known. */
export function plantKeys(home: string): Planted {
  const secret = (what: string) => `sk-${home}-${what}-5e1f0c9d7b3a`;
  const environment = {
    OPENAI_API_KEY: secret('openai'),
    ANTHROPIC_API_KEY: secret('anthropic'),
    HTTPS_PROXY: `http://somebody:${secret('proxy')}@127.0.0.1:9`,
    AWS_SECRET_ACCESS_KEY: secret('aws'),
    HF_TOKEN: secret('hub'),
    DATABASE_PASSWORD: secret('database'),
  };
  const names = ['openai', 'anthropic', 'proxy', 'aws', 'hub', 'database'];
  return { environment, secrets: names.map(secret) };
}

/** Files below a folder that hold one of the secrets. */
export function filesWith(folder: string, secrets: readonly string[]): string[] {
  const files = readdirSync(folder, { recursive: true }).map((name) => join(folder, String(name)));
  return files.filter((path) => {
    const found = statSync(path, { throwIfNoEntry: false });
    if (!found?.isFile()) return false;
    const content = readFileSync(path);
    return secrets.some((secret) => content.includes(secret));
  });
}

/**
 * They ask models, or start who does; with them the compiler of their own source (tsx starts esbuild), and the sleep of a
 * worker's guard between its looks (infra/processes/guard.sh).
 */
const NEED_KEYS = /worker\.ts|client\/main\.ts|esbuild --service|^sleep 1 $/;
/** Downloads models of the hub; before it, what its job's shell tells its birth by (infra/jobs/local-backend.ts). */
const TRAINER = /etude_trainer|^(sed|cut|mv) /;

/** What processes show of the secrets: nobody on a command line, and most not even in their environment. */
export function leaksOf(folder: string, secrets: readonly string[]): { leaks: string[]; seen: string[] } {
  const found = processesOf(folder);
  const leaks = found.flatMap(({ pid, command }) => {
    const environment = NEED_KEYS.test(command) ? '' : environmentOf(pid, command);
    const hidden = TRAINER.test(command) ? secrets.filter((secret) => !/-(hub|proxy)-/.test(secret)) : secrets;
    return [
      ...secrets.filter((secret) => command.includes(secret)).map((secret) => `command line: ${secret}: ${command}`),
      ...hidden.filter((secret) => environment.includes(secret)).map((secret) => `environment: ${secret}: ${command}`),
    ];
  });
  return { leaks, seen: found.map(({ command }) => command) };
}

/** Empty when it has ended or become another program meanwhile: that one is for the next look. */
function environmentOf(pid: number, command: string): string {
  const environment = readWords(`/proc/${pid}/environ`);
  return readWords(`/proc/${pid}/cmdline`) === command ? environment : '';
}
