import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, truncate } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type TrainingJob, trainingResultSchema } from '../../contracts/training.ts';
import type { JobRef, JobState } from '../../infra/jobs/backend.ts';
import { serveCommand, trainCommand } from '../../infra/jobs/commands.ts';
import { LocalBackend } from '../../infra/jobs/local-backend.ts';
import { readEvents, waitForEvent, writeJob } from './training-fixture.ts';

let folder: string;
let backend: LocalBackend;
const refs: JobRef[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'etude-trainer-'));
  backend = new LocalBackend({ root: join(folder, 'registry') });
});

afterAll(async () => {
  await Promise.all(refs.map((ref) => backend.cancel(ref)));
  await rm(folder, { recursive: true, force: true });
});

async function submitTraining(name: string): Promise<JobRef> {
  const directory = join(folder, name);
  const command = trainCommand(backend.place, { directory });
  const ref = await backend.submit({ key: name, directory, ...command });
  refs.push(ref);
  return ref;
}

async function untilEnded(ref: JobRef): Promise<JobState> {
  for (;;) {
    const state = await backend.poll(ref);
    if (state.state !== 'running') return state;
    await sleep(50);
  }
}

async function train(name: string): Promise<JobState> {
  return untilEnded(await submitTraining(name));
}

/** Kills it as soon as it is seen to have come so far; it may be further. Returns the steps of its sealed checkpoints, the last one first. */
async function killAfterCheckpoint(name: string, step: number): Promise<[number, ...number[]]> {
  const ref = await submitTraining(name);
  await waitForEvent(join(folder, name), (event) => event.event === 'checkpoint' && event.step >= step);
  process.kill(-Number.parseInt(await readFile(join(folder, name, 'process'), 'utf8'), 10), 'SIGKILL');
  await untilEnded(ref);
  const checkpoints = await readdir(join(folder, name, 'checkpoints'));
  const sealed = checkpoints.filter((one) => existsSync(join(folder, name, 'checkpoints', one, 'manifest.json')));
  const steps = sealed.map((one) => Number(one.split('-')[1])).sort((a, b) => b - a);
  return steps as [number, ...number[]];
}

interface Completion {
  model: string;
  choices: [{ finish_reason: string; message: { role: string; content: string } }];
  usage: Record<string, number>;
}
const read = async (reply: Response) => (await reply.json()) as Completion;

const readResult = async (name: string) =>
  trainingResultSchema.parse(JSON.parse(await readFile(join(folder, name, 'result.json'), 'utf8')));

describe('a training', () => {
  beforeAll(async () => {
    await writeJob(join(folder, 'whole'));
    expect(await train('whole')).toEqual({ state: 'succeeded' });
  });

  it('writes a whole model, its result last, and its events as it goes', async () => {
    const result = await readResult('whole');
    expect(result).toMatchObject({ key: 'tiny', steps: 120, examples: 300, dropped: 0, truncated: 0, mixed: 0 });
    expect(Object.keys(result.files).sort()).toEqual((await readdir(join(folder, 'whole', 'model'))).sort());
    const generation = JSON.parse(await readFile(join(folder, 'whole', 'model', 'generation_config.json'), 'utf8'));
    expect(generation).toMatchObject({ do_sample: true, top_k: 0, temperature: 1 });
    const events = await readEvents(join(folder, 'whole'));
    expect(events[0]).toMatchObject({ event: 'started', step: 0, steps: 120 });
    expect(events.at(-1)).toMatchObject({ event: 'finished', digest: result.digest });
    const losses = events.flatMap((event) => (event.event === 'progress' ? [event.loss] : []));
    expect(losses.at(-1)).toBeLessThan(losses[0]! / 2);
    expect(existsSync(join(folder, 'whole', 'checkpoints'))).toBe(false);
  });

  it('killed twice and with a cut checkpoint, ends with the very same bytes', async () => {
    await writeJob(join(folder, 'killed'));
    const [cut, before = 0] = await killAfterCheckpoint('killed', 30);
    await truncate(join(folder, 'killed', 'checkpoints', `checkpoint-${cut}`, 'optimizer.pt'), 1000);
    const [last] = await killAfterCheckpoint('killed', cut + 1);
    expect(await train('killed')).toEqual({ state: 'succeeded' });
    const events = await readEvents(join(folder, 'killed'));
    const warnings = events.flatMap((event) => (event.event === 'warning' ? [event.message] : []));
    const damage = `checkpoint-${cut} is damaged (optimizer.pt was changed or truncated)`;
    // A checkpoint that a kill cut off before it was sealed is named too.
    expect(warnings).toContainEqual(expect.stringContaining(damage));
    expect(events.flatMap((event) => (event.event === 'started' ? [event.step] : []))).toEqual([0, before, last]);
    const [whole, killed] = [await readResult('whole'), await readResult('killed')];
    expect(killed).toEqual(whole);
  }, 900_000);

  it('runs again when its model was damaged after the result, and not when it is whole', async () => {
    const before = await readResult('whole');
    await rm(join(folder, 'whole', 'exit'));
    expect(await train('whole')).toEqual({ state: 'succeeded' });
    expect((await readEvents(join(folder, 'whole'))).filter((event) => event.event === 'started')).toHaveLength(1);
    await truncate(join(folder, 'whole', 'model', 'model.safetensors'), 100);
    await rm(join(folder, 'whole', 'exit'));
    expect(await train('whole')).toEqual({ state: 'succeeded' });
    expect(await readResult('whole')).toEqual(before);
  });

  it('stops with one paragraph when its data is not the data the job names', async () => {
    const job = await writeJob(join(folder, 'other-data'));
    await writeJob(join(folder, 'other-data'), { data: { ...job.data, sha256: 'a'.repeat(64) } });
    expect(await train('other-data')).toMatchObject({ state: 'failed', exitCode: 1 });
    const [failed] = await readEvents(join(folder, 'other-data'));
    expect(failed).toMatchObject({
      event: 'failed',
      message: expect.stringContaining('data: data.jsonl is not the file'),
    });
    expect(existsSync(join(folder, 'other-data', 'result.json'))).toBe(false);
  });

  it('goes on from the model of another job, and refuses one that is not the model it names', async () => {
    const { digest } = await readResult('whole');
    const model = { from: 'path', path: '../whole/model', digest } as const;
    const { hyperparameters } = await writeJob(join(folder, 'tuned'));
    const tuning: TrainingJob['hyperparameters'] = {
      ...hyperparameters,
      learningRate: 2e-4,
      schedule: 'constant',
      freeze: ['embeddings'],
    };
    const change = { key: 'tuned', kind: 'finetune', hyperparameters: tuning, budget: { epochs: 1 } } as const;
    await writeJob(join(folder, 'tuned'), { ...change, model });
    expect(await train('tuned')).toEqual({ state: 'succeeded' });
    const tuned = await readResult('tuned');
    expect(tuned.steps).toBe(19);
    expect(tuned.digest).not.toBe(digest);
    expect(tuned.files['tokenizer.json']).toBe((await readResult('whole')).files['tokenizer.json']);
    await writeJob(join(folder, 'stranger'), { ...change, model: { ...model, digest: 'a'.repeat(64) } });
    expect(await train('stranger')).toMatchObject({ state: 'failed', exitCode: 1 });
  });

  describe('served', () => {
    let address: string;
    let server: JobRef;

    beforeAll(async () => {
      ({ address, server } = await startServer('server', process.pid));
    });

    async function startServer(key: string, ownerPid: number) {
      const directory = join(folder, key);
      const place = { ...backend.place, lease: ['--owner-pid', String(ownerPid)] };
      const command = serveCommand(place, {
        model: { path: join(folder, 'whole', 'model') },
        name: 'tiny/whole',
        portFile: join(directory, 'port'),
      });
      const ref = await backend.submit({ key, directory, portFile: 'port', ...command });
      refs.push(ref);
      for (;;) {
        const state = await backend.poll(ref);
        if (state.state !== 'running') throw new Error(JSON.stringify(state));
        if (state.endpoint) return { server: ref, address: `http://${state.endpoint.host}:${state.endpoint.port}` };
        await sleep(50);
      }
    }

    const ask = (body: object, signal?: AbortSignal) =>
      fetch(`${address}/v1/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'tiny/whole', temperature: 1.5, max_tokens: 24, ...body }),
        ...(signal && { signal }),
      });
    const prompt = (content: string) => [{ role: 'user', content }];
    const answer = async (seed: number, more: object = {}): Promise<string> => {
      const reply = await ask({ messages: prompt('write about the lamp'), seed, ...more });
      return (await read(reply)).choices[0].message.content;
    };

    it('gives the same texts to eight clients at once, some of whom leave, as to one', async () => {
      const seeds = Array.from({ length: 40 }, (_, i) => i);
      const alone: string[] = [];
      for (const seed of seeds) alone.push(await answer(seed));
      expect(new Set(alone).size).toBeGreaterThan(20);
      const crowded: string[] = [];
      const client = async (first: number) => {
        for (let seed = first; seed < seeds.length; seed += 8) {
          const gone = ask({ messages: prompt('write about the stove'), seed: 7 }, AbortSignal.timeout(3)).catch(
            () => undefined,
          );
          crowded[seed] = await answer(seed);
          await gone;
        }
      };
      await Promise.all(Array.from({ length: 8 }, (_, first) => client(first)));
      expect(crowded).toEqual(alone);
    });

    it('says the name it was given, counts tokens and tells a cut reply from a whole one', async () => {
      const greedy = { messages: prompt('write about the lamp'), temperature: 0 };
      const cut = await read(await ask({ ...greedy, max_tokens: 3 }));
      expect(cut).toMatchObject({
        model: 'tiny/whole',
        choices: [{ finish_reason: 'length', message: { role: 'assistant' } }],
        usage: { prompt_tokens: 6, completion_tokens: 3, total_tokens: 9 },
      });
      expect(JSON.stringify(cut)).not.toContain(folder);
      const whole = await read(await ask(greedy));
      expect(whole.choices[0].finish_reason).toBe('stop');
      const text = whole.choices[0].message.content;
      expect(text).toMatch(/^the [a-z]+ [a-z]+, and .*\.$/);
      expect(text.startsWith(cut.choices[0].message.content)).toBe(true);
      const stopped = await read(await ask({ ...greedy, stop: ',' }));
      expect(stopped.choices[0]).toMatchObject({ finish_reason: 'stop', message: { content: text.split(',')[0] } });
      expect(await (await fetch(`${address}/v1/models`)).json()).toMatchObject({ data: [{ id: 'tiny/whole' }] });
    });

    it('is a function of the request when no seed is sent either', async () => {
      const body = { messages: prompt('write about the harbour') };
      const replies = await Promise.all([1, 2, 3].map(async () => read(await ask(body))));
      expect(new Set(replies.map((reply) => reply.choices[0].message.content)).size).toBe(1);
    });

    it('refuses other models and bad bodies with an envelope', async () => {
      const wrong = [
        { messages: prompt('x'), model: 'other' },
        { messages: [] },
        { messages: prompt('x'), n: 2 },
        { messages: prompt('x'), temperature: -1 },
      ];
      for (const body of wrong) {
        const reply = await ask(body);
        expect(reply.status).toBe(400);
        expect(await reply.json()).toMatchObject({
          error: { type: 'invalid_request_error', message: expect.any(String) },
        });
      }
    });

    it('ends when it is cancelled, and by itself when its owner has gone', async () => {
      await backend.cancel(server);
      expect((await backend.poll(server)).state).toBe('cancelled');
      const owner = spawn('sleep', ['600']);
      const other = await startServer('orphan', owner.pid as number);
      expect((await fetch(`${other.address}/health`)).status).toBe(200);
      owner.kill('SIGKILL');
      expect((await untilEnded(other.server)).state).toBe('cancelled');
    });
  });
});
