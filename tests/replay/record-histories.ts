/**
 * Keeps one history of each workflow type at each of its stages as a fixture, in a minute, without a home or a key:
 * `node --import tsx tests/replay/record-histories.ts VERSION`. Fixtures of earlier versions stay.
 */
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openOwnBench } from '../support/runner/scripted-study.ts';
import { typeOf } from './record-history.ts';
import { SCENARIOS, type Keep } from './scenarios.ts';
import { fileOf, STAGES, type Stage } from './stages.ts';

const HISTORIES = fileURLToPath(new URL('./histories/', import.meta.url));

async function record(version: string): Promise<void> {
  const wanted = new Set(
    Object.entries(STAGES).flatMap(([type, stages]) => stages.map((s) => fileOf(type, version, s))),
  );
  const there = [...wanted].filter((file) => existsSync(join(HISTORIES, file)));
  if (there.length > 0)
    throw new Error(`${there.join(', ')} exist: a recorded history never changes. Name a new version.`);
  const keep: Keep = async (stage: Stage, recorded) => {
    const file = fileOf(typeOf(recorded), version, stage);
    // The first of each kind; stages that a type has not are left out.
    if (!wanted.delete(file)) return;
    await writeFile(join(HISTORIES, file), `${JSON.stringify(recorded)}\n`);
    console.log(`${file}: ${recorded.history.events.length} events`);
  };
  await mkdir(HISTORIES, { recursive: true });
  const bench = await openOwnBench();
  try {
    for (const scenario of Object.values(SCENARIOS)) await scenario(bench, keep);
  } finally {
    await bench.close();
  }
  if (wanted.size > 0) throw new Error(`no scenario came to ${[...wanted].join(', ')}`);
}

const [version] = process.argv.slice(2);
if (!version || !/^\w+$/.test(version)) throw new Error('usage: record-histories.ts VERSION, as v1');
await record(version);
