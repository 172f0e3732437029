import { describe, expect, it } from '@jest/globals';
import type { TunedStudent } from '../../../contracts/plan.ts';
import { trainingJobSchema, type TrainingModel } from '../../../contracts/training.ts';
import { baseJob, hubDigest, tuneJob } from '../../../domain/corpus/training-jobs.ts';
import { makePlan } from '../../../domain/plan/make-plan.ts';
import { readLabCatalog } from '../../../lab/world/lab-catalog.ts';
import { smallStudy } from '../../support/small-study.ts';

const tuned = { student: 'tiny', arm: '1,2', replicate: 0, partition: 0 };
const model = { from: 'hub', name: 'org/model', revision: 'a'.repeat(40) } as const;

function jobOf(training: object, hyperparameters: object = {}) {
  const given = smallStudy().training;
  const changed = { ...given, ...training, hyperparameters: { ...given.hyperparameters, ...hyperparameters } };
  return tuneJob(makePlan(smallStudy({ training: changed }), readLabCatalog()), tuned, model, 'd'.repeat(64));
}

const tune = (base: TrainingModel, given: Partial<TunedStudent> = {}) =>
  tuneJob(makePlan(smallStudy(), readLabCatalog()), { ...tuned, ...given }, base, 'd'.repeat(64));

const mix = { source: 'mix.jsonl', revision: 'b'.repeat(64), ratio: 0.1, unit: 'tokens', loss: 'all-tokens' };

describe('the making of a base', () => {
  const base = {
    from: 'pretrain',
    recipe: 'lab',
    variant: 'elicited',
    texts: 10,
    steps: 5,
    architecture: { layers: 1, heads: 2, width: 8 },
    hyperparameters: smallStudy().training.hyperparameters,
    seeds: { data: 3, train: 4 },
  } as const;
  const words = ['a', 'word'];

  it('learns all answers of its corpus on the CPU, from the seeds of the study', () => {
    const job = baseJob(base, 'd'.repeat(64), words);
    expect(trainingJobSchema.parse(job)).toEqual(job);
    expect(job).toMatchObject({
      kind: 'pretrain',
      model: { from: 'config', architecture: base.architecture, vocabulary: words },
      data: { path: 'data.jsonl', sha256: 'd'.repeat(64), format: 'messages' },
      loss: 'all-answers',
      overlong: 'error',
      mix: null,
      budget: { steps: 5 },
      seeds: base.seeds,
      device: 'cpu',
    });
  });

  it('has a key of all that decides its weights', () => {
    const changed: (readonly [object, string?, string[]?])[] = [
      [{}],
      [{ steps: 6 }],
      [{ architecture: { ...base.architecture, width: 16 } }],
      [{ seeds: { data: 3, train: 5 } }],
      [{ hyperparameters: { ...base.hyperparameters, learningRate: 0.5 } }],
      [{}, 'e'.repeat(64)],
      [{}, 'd'.repeat(64), [...words, 'more']],
    ];
    const keys = changed.map(([part, data = 'd'.repeat(64), known = words]) => {
      return baseJob({ ...base, ...part }, data, known).key;
    });
    expect(new Set(keys).size).toBe(changed.length);
  });
});

describe('a fine-tuning', () => {
  it('has the same key however it is divided among GPUs and however often it saves', () => {
    const alone = jobOf({});
    const divided = jobOf(
      { checkpointEverySteps: 7 },
      { fsdp: { wrap: ['LlamaDecoderLayer'], activationCheckpointing: true } },
    );
    expect(divided.hyperparameters.fsdp).toEqual({ wrap: ['LlamaDecoderLayer'], activationCheckpointing: true });
    expect(divided.key).toBe(alone.key);
    expect(trainingJobSchema.parse(divided)).toEqual(divided);
  });

  it('starts from a base known by its digest, wherever that lies, and on the CPU if it was made here', () => {
    const made = (path: string, digest: string) => tune({ from: 'path', path, digest });
    expect(made('/here', 'e'.repeat(64)).key).toBe(made('/there', 'e'.repeat(64)).key);
    expect(made('/here', 'f'.repeat(64)).key).not.toBe(made('/here', 'e'.repeat(64)).key);
    expect([made('/here', 'e'.repeat(64)).device, tune(model).device]).toEqual(['cpu', 'auto']);
    expect(hubDigest({ ...model, from: 'hub' })).toBe(`org/model@${'a'.repeat(40)}`);
  });

  it('has a key of all that decides its weights', () => {
    const hub = (given: object) => tune({ ...model, ...given });
    const jobs = [
      tune(model),
      hub({ name: 'org/other' }),
      hub({ revision: 'b'.repeat(40) }),
      tuneJob(makePlan(smallStudy(), readLabCatalog()), tuned, model, 'e'.repeat(64)),
      jobOf({ budget: { steps: 3 } }),
      jobOf({ replicates: [{ dataSeed: 2, trainSeed: 1 }] }),
      jobOf({ replicates: [{ dataSeed: 1, trainSeed: 2 }] }),
      jobOf({ loss: 'last-answer' }),
      jobOf({ overlong: 'truncate' }),
      jobOf({}, { learningRate: 0.5 }),
    ];
    expect(new Set(jobs.map(({ key }) => key)).size).toBe(jobs.length);
    expect(jobs[0]).toMatchObject({ kind: 'finetune', model, budget: { steps: 2 }, seeds: { data: 1, train: 1 } });
  });

  it('is of a trained arm and one of its replicates', () => {
    expect(() => tune(model, { replicate: 1 })).toThrow('arm "1,2" has no replicate 1');
    expect(() => tune(model, { arm: 'base' })).toThrow('arm "base" has no replicate 0');
  });

  it('has another key with other data mixed in, and the same from another place', () => {
    const keys = [{}, { mix }, { mix: { ...mix, ratio: 0.2 } }, { mix: { ...mix, revision: 'c'.repeat(64) } }].map(
      (training) => jobOf(training).key,
    );
    expect(new Set(keys).size).toBe(4);
    expect(jobOf({ mix: { ...mix, source: '../elsewhere.jsonl' } }).key).toBe(keys[1]);
  });
});
