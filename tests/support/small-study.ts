import type { ActivityContext } from '../../activities/shared/activity-context.ts';
import type { Plan } from '../../contracts/plan.ts';
import { studySchema, type Study } from '../../contracts/study.ts';
import { canonicalJson } from '../../domain/basics/hash.ts';
import { makePlan, planHash } from '../../domain/plan/make-plan.ts';
import { readLabCatalog } from '../../lab/world/lab-catalog.ts';

const hyperparameters = { batch: 4, learningRate: 0.001, warmupSteps: 0, maxLength: 96, precision: 'fp32' };

/** The lab study with few items; its student is a downloaded one, so that no base has to be made. */
export const smallStudy = (given: object = {}): Study =>
  studySchema.parse({
    name: 'small',
    seed: 1,
    catalog: 'lab',
    providers: {
      'lab-openai': { protocol: 'openai', endpoint: 'lab' },
      'lab-anthropic': { protocol: 'anthropic', endpoint: 'lab' },
    },
    teacher: { provider: 'lab-openai', model: 'lab-teacher', parameters: { maxTokens: 400, temperature: 1 } },
    keepGrader: { id: 'strict', provider: 'lab-openai', model: 'lab-strict', parameters: { maxTokens: 400 } },
    graders: [
      { id: 'strict', provider: 'lab-openai', model: 'lab-strict', parameters: { maxTokens: 400 } },
      { id: 'lenient', provider: 'lab-anthropic', model: 'lab-lenient', parameters: { maxTokens: 400 } },
    ],
    students: [{ id: 'tiny', parameters: { maxTokens: 48 }, base: { from: 'hub', name: 'tiny', revision: 'main' } }],
    compose: { kept: { 1: 6, 2: 6 }, maxPlanned: { 1: 18, 2: 24 }, wave: 6 },
    arms: [
      { id: 'base', untrained: true },
      { id: '1,2', take: { 1: 'all', 2: 'all' } },
    ],
    training: {
      sample: 'one-turn',
      budget: { steps: 2 },
      replicates: [{ dataSeed: 1, trainSeed: 1 }],
      hyperparameters,
    },
    evaluation: { k: [2], settings: ['train', 'held-out'], combinations: 4, generations: 2, gradings: 2 },
    prices: { 'lab-openai/lab-teacher': { input: 1, output: 2 } },
    ...given,
  });

export interface StoredPlan {
  readonly plan: Plan;
  readonly hash: string;
}

/** The plan of a study, in the store of a home. */
export async function storePlan({ store }: ActivityContext, study: Study = smallStudy()): Promise<StoredPlan> {
  const plan = makePlan(study, readLabCatalog());
  const hash = await store.put(canonicalJson(plan));
  if (hash !== planHash(plan)) throw new Error('the address of a plan is its hash');
  return { plan, hash };
}
