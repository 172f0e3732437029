/** The least study that has every part, and its run that nothing disturbs: what all other runs of it are compared to. */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import writeFileAtomic from 'write-file-atomic';
import { runCli, type Ended } from '../cli.ts';
import { PROJECT, writeFileIn } from '../scratch.ts';
import { sharedFolder } from './live-services.ts';

export const MINI = join(PROJECT, 'tests/study/mini.yaml');

/** A variant of it in a file of that folder. */
export function varyMini(folder: string, name: string, ...changes: (readonly [string, string])[]): string {
  const text = changes.reduce(
    (before, [from, to]) => {
      if (!before.includes(from)) throw new Error(`mini.yaml does not hold "${from}"`);
      return before.replace(from, to);
    },
    readFileSync(MINI, 'utf8'),
  );
  return writeFileIn(folder, `${name}.yaml`, text);
}

export interface Undisturbed {
  readonly home: string;
  readonly ended: Ended;
  /** Its results.json. */
  readonly results: string;
}

/** Run once for all test files, from an empty home, by the first that asks. */
export async function runUndisturbed(): Promise<Undisturbed> {
  const home = join(sharedFolder(), 'mini');
  const outcome = `${home}.json`;
  if (claim(`${home}.claimed`)) {
    const ended = await runCli(['start', MINI, '--home', home, '--json']);
    const results = ended.code === 0 ? readFileSync(join(home, 'runs/mini/results.json'), 'utf8') : '';
    await writeFileAtomic(outcome, JSON.stringify({ home, ended, results } satisfies Undisturbed));
  }
  while (!existsSync(outcome)) await sleep(100);
  const undisturbed = JSON.parse(readFileSync(outcome, 'utf8')) as Undisturbed;
  if (undisturbed.ended.code !== 0) throw new Error(`the undisturbed run failed: ${undisturbed.ended.stderr}`);
  return undisturbed;
}

/** The folder of a home to be, whose workers share one bundle of the workflows: making it takes seconds. */
export function makeHome(folder: string, name: string): string {
  const [home, bundles] = [join(folder, name), join(sharedFolder(), 'bundles')];
  for (const made of [bundles, join(home, '.etude')]) mkdirSync(made, { recursive: true });
  symlinkSync(bundles, join(home, '.etude/bundles'));
  return home;
}

/** Gives a home the trained base of the undisturbed run, for tests of what comes after: its job finds its result there. */
export async function shareBase(home: string): Promise<void> {
  const jobs = join((await runUndisturbed()).home, '.etude/jobs');
  const isBase = (job: string): boolean => {
    const file = join(jobs, job, 'job.json');
    return existsSync(file) && (JSON.parse(readFileSync(file, 'utf8')) as { kind: string }).kind === 'pretrain';
  };
  const [base, ...others] = readdirSync(jobs).filter(isBase);
  if (base === undefined || others.length > 0) throw new Error(`one base is expected in ${jobs}`);
  cpSync(join(jobs, base), join(home, '.etude/jobs', base), { recursive: true });
}

function claim(file: string): boolean {
  try {
    writeFileSync(file, '', { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    return false;
  }
}
