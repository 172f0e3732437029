/** A downloaded student from end to end: served untrained, tuned with data mixed in, served again. No network: the hub's cache is made here. */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { prepareTuning } from '../../../activities/jobs/checkpoint-digests.ts';
import { findCheckpoint, findServer } from '../../../activities/ledger/arms/checkpoints.ts';
import { makeActivities, type Activities } from '../../../activities/make-activities.ts';
import type { ActivityContext } from '../../../activities/shared/activity-context.ts';
import { keepMix } from '../../../client/study-file/read-mix.ts';
import type { TunedStudent } from '../../../contracts/plan.ts';
import { trainingResultSchema } from '../../../contracts/training.ts';
import { sha256 } from '../../../domain/basics/hash.ts';
import { LocalBackend } from '../../../infra/jobs/local-backend.ts';
import { pythonPath, trainerPath } from '../../../infra/python-path.ts';
import { startLab, type Lab } from '../../../lab/servers/lab-server.ts';
import { ActivityEnvironment } from '../../support/activity-environment.ts';
import { makeScratch, writeFileIn } from '../../support/scratch.ts';
import { smallStudy, storePlan, type StoredPlan } from '../../support/small-study.ts';
import { asActivity, fault, openContext, urlsOf } from '../../support/test-home.ts';

const NAME = 'etude-tests/tiny-mistral-instruct';
const REVISION = '0123456789abcdef0123456789abcdef01234567';
const MIXED = Array.from({ length: 40 }, (_, i) => `${JSON.stringify({ text: `A plain text, number ${i}.` })}\n`).join(
  '',
);

const scratch = makeScratch();
const studyFile = join(scratch, 'study.yaml');
let lab: Lab;
let context: ActivityContext;
let activities: Activities;
let stored: StoredPlan;

const student = (revision: string) => ({
  id: 'tiny',
  parameters: { maxTokens: 12, temperature: 1 },
  base: { from: 'hub', name: NAME, revision },
});
const study = (revision = REVISION) =>
  smallStudy({
    students: [student(revision), { ...student('f'.repeat(40)), id: 'missing' }],
    compose: { kept: { 1: 6, 2: 3 }, maxPlanned: { 1: 18, 2: 9 }, wave: 6 },
    training: {
      sample: 'one-turn',
      mix: { source: 'mix.jsonl', revision: sha256(MIXED), ratio: 0.25, unit: 'examples', loss: 'all-tokens' },
      budget: { steps: 2 },
      replicates: [{ dataSeed: 1, trainSeed: 1 }],
      hyperparameters: {
        ...{ batch: 4, learningRate: 0.001, warmupSteps: 0, maxLength: 1024, precision: 'fp32' },
        fsdp: { activationCheckpointing: true },
      },
    },
  });

const base: TunedStudent = { student: 'tiny', arm: 'base', replicate: 0, partition: 0 };
const tuned: TunedStudent = { ...base, arm: '1,2' };

beforeAll(async () => {
  Object.assign(process.env, { HF_HUB_CACHE: join(scratch, 'hub'), HF_HUB_OFFLINE: '1' });
  execFileSync(pythonPath(), [join(trainerPath(), 'tests/hub_models.py'), join(scratch, 'hub')], { stdio: 'ignore' });
  lab = await startLab();
  context = await openContext(scratch, { lab: urlsOf(lab) });
  activities = makeActivities(context, new LocalBackend({ root: join(scratch, 'register') }));
  stored = await storePlan(context, study());
});
afterAll(async () => {
  for (const name of ['HF_HUB_CACHE', 'HF_HUB_OFFLINE']) delete process.env[name];
  await context.ledger.close();
  await lab.close();
});

async function compose(): Promise<void> {
  for (const [list, { waves, target }] of stored.plan.compose.entries()) {
    let composed = 0;
    for (const size of waves) {
      for (const end = composed + size; composed < end; composed += 1) {
        const ref = { kind: 'compose', plan: stored.hash, list, index: composed } as const;
        while ((await asActivity(() => activities.writeText({ ref }))).end === 'open');
        await asActivity(() => activities.gradeText({ ref, grader: 'keep', round: 0 }));
      }
      if ((await activities.countKept({ plan: stored.hash, list, composed })).kept >= target) break;
    }
  }
}

interface Answer {
  choices: [{ message: { content: string } }];
  usage: { prompt_tokens: number };
}

/** Serves a student while `work` asks it. */
async function whileServed<T>(who: TunedStudent, work: (ask: (body: object) => Promise<Answer>) => Promise<T>) {
  const server = new ActivityEnvironment();
  const serving = server.run(() => activities.serveStudent({ plan: stored.hash, tuned: who }));
  serving.catch(() => undefined);
  try {
    const { digest } = (await Promise.race([
      asActivity(() => activities.awaitServed({ plan: stored.hash, tuned: who, cells: ['tiny/base/k2/train'] })),
      serving,
    ])) as { digest: string };
    const url = (await findServer(context.ledger.tables, digest)) as string;
    return await work(async (body) => {
      const request = { method: 'POST', body: JSON.stringify({ model: digest, max_tokens: 12, ...body }) };
      return (await fetch(`${url}/v1/chat/completions`, request)).json() as Promise<Answer>;
    });
  } finally {
    server.cancel();
    await serving.catch(() => undefined);
  }
}

const question = { role: 'user', content: 'Why?' };

describe('a downloaded student', () => {
  it('is served untrained: the request decides its sampling, and a system message reaches it', async () => {
    await whileServed(base, async (ask) => {
      const said = async (body: object) => (await ask(body)).choices[0].message.content;
      const hot = await Promise.all([1, 2, 3].map((seed) => said({ messages: [question], temperature: 1, seed })));
      expect(new Set(hot).size).toBe(3);
      const cold = await Promise.all([1, 2].map((seed) => said({ messages: [question], temperature: 0, seed })));
      expect(new Set(cold).size).toBe(1);
      const system = { role: 'system', content: 'Be brief.' };
      const [plain, led] = [await ask({ messages: [question] }), await ask({ messages: [system, question] })];
      expect(led.usage.prompt_tokens - plain.usage.prompt_tokens).toBe('Be brief.\n\n'.length);
    });
  });

  it('is tuned with the data mixed in that the store holds, and then served from its checkpoint', async () => {
    const path = writeFileIn(scratch, 'mix.jsonl', MIXED);
    await keepMix(studyFile, stored.plan, context.store);
    rmSync(path);
    await keepMix(studyFile, stored.plan, context.store);
    await compose();
    const { job } = await prepareTuning(context, stored.plan, tuned);
    const { digest } = await asActivity(() => activities.tuneStudent({ plan: stored.hash, ...tuned }));
    const made = await findCheckpoint(context.ledger.tables, job.key);
    const result = trainingResultSchema.parse(made?.details);
    expect(result).toMatchObject({ digest, examples: 12, mixed: 3, dropped: 0 });
    const written = JSON.parse(readFileSync(join(context.jobs, job.key, 'job.json'), 'utf8'));
    expect(written).toMatchObject({
      mix: {
        from: 'file',
        path: 'mix.jsonl',
        sha256: sha256(MIXED),
        ratio: 0.25,
        unit: 'examples',
        loss: 'all-tokens',
      },
      hyperparameters: { fsdp: { activationCheckpointing: true } },
    });
    await whileServed(tuned, async (ask) => {
      expect((await ask({ messages: [question] })).choices[0].message.content).not.toBe('');
    });
  });

  it('that is not to be had fails at once, in one paragraph with what to do', async () => {
    const missing = { ...base, student: 'missing' };
    const error = await fault(asActivity(() => activities.serveStudent({ plan: stored.hash, tuned: missing })));
    expect(error).toMatchObject({ nonRetryable: true });
    expect(error.message).toMatch(new RegExp(`model ${NAME} at revision f{40} is not in the hub's cache`));
    expect(error.message).toMatch(/set HF_TOKEN .*`hf download etude-tests\/tiny-mistral-instruct --revision f{40}/s);
  });
});
