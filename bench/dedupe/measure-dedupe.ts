/** Etude's search for near-duplicates beside rensa's: the same texts, in turns, each in a process of its own. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ROOT } from '../../infra/setup/settings.mjs';
import { pythonWith } from '../packages/python-with.ts';
import { makeTexts } from './make-texts.ts';
import { nearEarlier } from './near-earlier.ts';

export const RENSA = ['rensa==0.5.0'];
const NEAR = 0.7;
const SAMPLE = 1_000;

export interface Deduping {
  readonly seconds: number;
  readonly cpu: number;
  /** Beyond what was resident when the texts had been read. */
  readonly megabytes: number;
  readonly dropped: readonly number[];
}

export type Tool = 'etude' | 'rensa';

export interface DedupeRound extends Omit<Deduping, 'dropped'> {
  readonly tool: Tool;
  readonly round: number;
  readonly texts: number;
  /** Of a sample's texts that are near an earlier one by their exact similarity, the share that was removed. */
  readonly recall: number;
  /** The share of the sample's other texts that was removed. */
  readonly wrong: number;
}

const programOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

async function run(tool: Tool, file: string): Promise<Deduping> {
  const [command, args] =
    tool === 'etude'
      ? [process.execPath, ['--import', 'tsx', programOf('./run-dedupe.ts'), file, String(NEAR)]]
      : [await pythonWith(RENSA), [programOf('./rensa_run.py'), file, String(NEAR)]];
  const { stdout } = await promisify(execFile)(command, args, { encoding: 'utf8', cwd: ROOT, maxBuffer: 1 << 28 });
  return JSON.parse(stdout) as Deduping;
}

export async function measureDedupe(
  count: number,
  rounds: number,
  say: (round: DedupeRound) => void,
): Promise<DedupeRound[]> {
  const folder = mkdtempSync(join(tmpdir(), 'etude-dedupe-'));
  try {
    const texts = makeTexts(count);
    const file = join(folder, 'texts.json');
    writeFileSync(file, JSON.stringify(texts));
    const near = nearEarlier(texts, { near: NEAR, sample: Math.min(SAMPLE, count) });
    const measured: DedupeRound[] = [];
    for (let round = 1; round <= rounds; round += 1)
      for (const tool of ['etude', 'rensa'] as const) {
        const { dropped, ...taken } = await run(tool, file);
        const gone = new Set(dropped);
        const shareGone = (wanted: boolean): number => {
          const of = [...near].filter(([, isNear]) => isNear === wanted);
          return of.filter(([index]) => gone.has(index)).length / of.length;
        };
        measured.push({ tool, round, texts: count, ...taken, recall: shareGone(true), wrong: shareGone(false) });
        say(measured.at(-1)!);
      }
    return measured;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
