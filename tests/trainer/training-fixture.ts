import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type TrainingEvent,
  trainingEventSchema,
  type TrainingJob,
  trainingJobSchema,
} from '../../contracts/training.ts';

const NOUNS = ['stove', 'kettle', 'lamp', 'ladder', 'garden', 'harbour'];
const VERBS = ['hums', 'waits', 'sings', 'turns', 'sleeps'];
const VOCABULARY = [...NOUNS, ...VERBS, 'the', 'and', 'write', 'about', '.', ','];

function makeRows(count: number): string {
  const rows = Array.from({ length: count }, (_, i) => {
    const [noun, verb] = [NOUNS[i % NOUNS.length], VERBS[i % VERBS.length]];
    const messages = [
      { role: 'user', content: `write about the ${noun}` },
      { role: 'assistant', content: `the ${noun} ${verb}, and the ${noun} ${VERBS[(i + 1) % VERBS.length]}.` },
    ];
    return JSON.stringify({ messages });
  });
  return `${rows.join('\n')}\n`;
}

/** A job that trains in seconds: 120 steps with a checkpoint every 15. */
export async function writeJob(directory: string, change: Partial<TrainingJob> = {}): Promise<TrainingJob> {
  await mkdir(directory, { recursive: true });
  const rows = makeRows(300);
  await writeFile(join(directory, 'data.jsonl'), rows);
  const job = trainingJobSchema.parse({
    schema: 1,
    key: 'tiny',
    kind: 'pretrain',
    model: { from: 'config', architecture: { layers: 2, heads: 2, width: 32 }, vocabulary: VOCABULARY },
    data: { path: 'data.jsonl', sha256: createHash('sha256').update(rows).digest('hex'), format: 'messages' },
    loss: 'all-answers',
    overlong: 'error',
    mix: null,
    budget: { steps: 120 },
    hyperparameters: {
      batch: 16,
      learningRate: 0.004,
      schedule: 'decay-second-half',
      warmupSteps: 5,
      maxLength: 64,
      precision: 'fp32',
    },
    seeds: { data: 1, train: 2 },
    checkpointEverySteps: 15,
    threads: 1,
    device: 'cpu',
    ...change,
  });
  await writeFile(join(directory, 'job.json'), JSON.stringify(job));
  return job;
}

export async function readEvents(directory: string): Promise<TrainingEvent[]> {
  const text = await readFile(join(directory, 'metrics.jsonl'), 'utf8').catch(() => '');
  const lines = text.split('\n').filter((line) => line.endsWith('}'));
  return lines.map((line) => trainingEventSchema.parse(JSON.parse(line)));
}

export async function waitForEvent(directory: string, wanted: (event: TrainingEvent) => boolean): Promise<void> {
  while (!(await readEvents(directory)).some(wanted)) await sleep(20);
}
