/**
 * The training jobs of a study. A job's key hashes everything that decides its weights, but not where its files are.
 */
import type { Plan, TunedStudent } from '../../contracts/plan.ts';
import { armOf } from '../../contracts/plan.ts';
import { isTrained, type BaseModel } from '../../contracts/study.ts';
import type { TrainingJob, TrainingModel } from '../../contracts/training.ts';
import { hashOf } from '../basics/hash.ts';
import { studentOf } from '../requests/requests.ts';
import { toTrainingMix } from './mix-source.ts';

type PretrainedBase = Extract<BaseModel, { from: 'pretrain' }>;
type HubBase = Extract<BaseModel, { from: 'hub' }>;

/** Name of the training file in the folder of a job. */
const DATA_FILE = 'data.jsonl';

/** The digest by which a downloaded base model is known: its name and revision. */
export const hubDigest = ({ name, revision }: HubBase): string => `${name}@${revision}`;

export function baseJob(base: PretrainedBase, data: string, vocabulary: readonly string[]): TrainingJob {
  const { architecture, seeds, hyperparameters, steps } = base;
  return keyed({
    schema: 1,
    kind: 'pretrain',
    model: { from: 'config', architecture, vocabulary: [...vocabulary] },
    data: { path: DATA_FILE, sha256: data, format: 'messages' },
    loss: 'all-answers',
    overlong: 'error',
    mix: null,
    budget: { steps },
    hyperparameters,
    seeds,
    checkpointEverySteps: 100,
    threads: 1,
    // So small a base is always trained on the CPU, which gives the same bytes whether or not the machine has a GPU.
    device: 'cpu',
  });
}

/** `model` is the base: a downloaded one, or the folder and digest that a base job made. */
export function tuneJob(plan: Plan, tuned: TunedStudent, model: TrainingModel, data: string): TrainingJob {
  const { training } = plan.science;
  const arm = armOf(plan, tuned.arm);
  const replicate = training.replicates[tuned.replicate];
  if (!isTrained(arm) || !replicate) throw new RangeError(`arm "${tuned.arm}" has no replicate ${tuned.replicate}`);
  return keyed({
    schema: 1,
    kind: 'finetune',
    model,
    data: { path: DATA_FILE, sha256: data, format: 'messages' },
    loss: training.loss,
    overlong: training.overlong,
    mix: training.mix ? toTrainingMix(training.mix) : null,
    budget: arm.budget ?? training.budget,
    hyperparameters: studentOf(plan, tuned.student).hyperparameters ?? training.hyperparameters,
    seeds: { data: replicate.dataSeed, train: replicate.trainSeed },
    checkpointEverySteps: training.checkpointEverySteps,
    threads: 1,
    device: model.from === 'path' ? 'cpu' : 'auto',
  });
}

function keyed(job: Omit<TrainingJob, 'key'>): TrainingJob {
  const model = job.model.from === 'path' ? { from: 'path', digest: job.model.digest } : job.model;
  // How often the job saves, and over how many GPUs it is divided, does not change the weights.
  const hyperparameters = { ...job.hyperparameters, fsdp: null };
  const { checkpointEverySteps: _every, ...decisive } = { ...job, model, hyperparameters };
  return { ...job, key: hashOf(decisive) };
}
