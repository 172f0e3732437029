import { describe, expect, it } from '@jest/globals';
import { trainingJobSchema } from '../../contracts/training.ts';
import { makePlan } from '../../domain/make-plan.ts';
import { tuneJob } from '../../domain/training-jobs.ts';
import { readLabCatalog } from '../../lab/lab-catalog.ts';
import { smallStudy } from '../activities/small-study.ts';

const tuned = { student: 'tiny', arm: '1,2', replicate: 0, partition: 0 };
const model = { from: 'hub', name: 'org/model', revision: 'a'.repeat(40) } as const;

function jobOf(training: object, hyperparameters: object = {}) {
  const given = smallStudy().training;
  const changed = { ...given, ...training, hyperparameters: { ...given.hyperparameters, ...hyperparameters } };
  return tuneJob(makePlan(smallStudy({ training: changed }), readLabCatalog()), tuned, model, 'd'.repeat(64));
}

const mix = { source: 'mix.jsonl', revision: 'b'.repeat(64), ratio: 0.1, unit: 'tokens', loss: 'all-tokens' };

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

  it('has another key with other data mixed in, and the same from another place', () => {
    const keys = [{}, { mix }, { mix: { ...mix, ratio: 0.2 } }, { mix: { ...mix, revision: 'c'.repeat(64) } }].map(
      (training) => jobOf(training).key,
    );
    expect(new Set(keys).size).toBe(4);
    expect(jobOf({ mix: { ...mix, source: '../elsewhere.jsonl' } }).key).toBe(keys[1]);
  });
});
