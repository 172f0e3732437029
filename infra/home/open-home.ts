import { randomUUID } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { UserError } from '../../contracts/failures.ts';
import { ROOT } from '../setup/settings.mjs';
import { explainFileError } from './explain-file-error.ts';
import { refuseNetworkFileSystem } from './network-file-systems.ts';

const SCHEMA = 1;
/** Files by which a home is recognised; a backup that was never opened has no home.json yet. */
const HOME_FILES = ['home.json', 'ledger.db'];

/** The folder of a home on a local disk: one ledger, one store and one Temporal database for all its studies. */
export interface Home {
  /** A random id, made once; names of task queues contain it. */
  id: string;
  directory: string;
  /** The outputs of studies. */
  runs: string;
  /** Everything below is state: `<home>/.etude`. */
  state: string;
  ledger: string;
  store: string;
  temporalDatabase: string;
  logs: string;
  jobs: string;
}

/** The folder named by `--home`, else by `ETUDE_HOME`, else the project's own folder. */
export function resolveHomeDirectory(option: string | undefined, env: NodeJS.ProcessEnv = process.env): string {
  if (option === '') throw new UserError('--home names no folder.', 'Write `--home DIR`, or leave it out.');
  return resolve(option ?? (env['ETUDE_HOME'] || ROOT));
}

/** Opens the home in this directory, and makes it when there is none. Does not take ownership: see lockHome. */
export function openHome(directory: string): Home {
  const state = join(directory, '.etude');
  try {
    mkdirSync(state, { recursive: true });
    refuseNetworkFileSystem(state);
    const home = describe(directory, state, readOrCreateId(join(state, 'home.json')));
    for (const folder of [home.runs, home.store, home.logs, home.jobs]) mkdirSync(folder, { recursive: true });
    return home;
  } catch (error) {
    throw explainFileError(error, directory);
  }
}

/** The home in this directory; undefined if there is none, so that a mistyped path does not make a new home. */
export const findHome = (directory: string): Home | undefined =>
  HOME_FILES.some((name) => existsSync(join(directory, '.etude', name))) ? openHome(directory) : undefined;

/** The home in this directory; throws `UserError` if there is none. */
export function requireHome(directory: string): Home {
  const home = findHome(directory);
  if (home) return home;
  throw new UserError(
    `${directory} is not a home of Etude: no study was ever started there.`,
    'Check --home and ETUDE_HOME; `./etude start FILE` makes a home.',
  );
}

function describe(directory: string, state: string, id: string): Home {
  return {
    id,
    directory,
    runs: join(directory, 'runs'),
    state,
    ledger: join(state, 'ledger.db'),
    store: join(state, 'store'),
    temporalDatabase: join(state, 'temporal.db'),
    logs: join(state, 'logs'),
    jobs: join(state, 'jobs'),
  };
}

function readOrCreateId(file: string): string {
  return readId(file) ?? createId(file);
}

function readId(file: string): string | undefined {
  const text = readIfThere(file);
  if (text === undefined) return undefined;
  const { schema, id } = parse(text, file);
  if (schema === SCHEMA && typeof id === 'string') return id;
  throw new UserError(
    `${file} was written by another version of Etude (schema ${String(schema)}, this one knows ${SCHEMA}).`,
    'Use that version, or another folder with --home.',
  );
}

function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parse(text: string, file: string): { schema?: unknown; id?: unknown } {
  try {
    return JSON.parse(text) as { schema?: unknown; id?: unknown };
  } catch {
    throw new UserError(
      `${file} is damaged: it is not JSON.`,
      'Restore it from a copy, or use another folder with --home.',
    );
  }
}

/** Writes a temporary file and links it, so that the id appears whole, and only once if two processes do this together. */
function createId(file: string): string {
  const temporary = `${file}.${process.pid}`;
  const content = { schema: SCHEMA, id: randomUUID(), created: new Date().toISOString() };
  writeFileSync(temporary, `${JSON.stringify(content, null, 2)}\n`);
  try {
    linkSync(temporary, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
  return readId(file) ?? content.id;
}
