import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readCatalog } from '../../../client/study-file/read-study.ts';
import type { ModelRequest } from '../../../contracts/calls.ts';
import type { Catalog } from '../../../contracts/catalog.ts';
import type { Plan } from '../../../contracts/plan.ts';
import { studySchema } from '../../../contracts/study.ts';
import { makePlan } from '../../../domain/plan/make-plan.ts';
import { composedWriter, generatedWriter, graderOf } from '../../../domain/requests/item-requests.ts';
import { gradingRequest, requestKey, wireSeed } from '../../../domain/requests/requests.ts';
import { ROOT } from '../../../infra/setup/settings.mjs';
import { changeStudy } from '../../support/write-study.ts';

let catalog: Catalog;
beforeAll(async () => {
  catalog = await readCatalog(join(ROOT, 'catalogs/lab'));
});

const plan = (changes: Readonly<Record<string, unknown>> = {}): Plan =>
  makePlan(studySchema.parse(changeStudy({ 'evaluation/generations': 2, ...changes })), catalog);

const tuned = { student: 'tiny', arm: '1,2', replicate: 0, partition: 0 };
const composed = (made: Plan, index = 0, replies: readonly string[] = []) =>
  composedWriter(made, { list: 1, index }).requestAfter(replies);
const generated = (made: Plan, index = 0, generation = 0, digest = 'sha256:0a') =>
  generatedWriter(made, { list: 2, index, generation, tuned }, digest).requestAfter([]);

function graded(made: Plan, { place = 0, round = 0, ask = 0, text = 'A text.' } = {}): ModelRequest {
  const combination = made.evaluation[0]?.items[0] ?? { skills: [], topic: '' };
  return gradingRequest(made, graderOf(made, place), { combination, text, round, ask });
}

const parameters = fc.record({
  maxTokens: fc.oneof(fc.constant('not sent' as const), fc.integer({ min: 1, max: 9 })),
  temperature: fc.oneof(fc.constant('not sent' as const), fc.constantFrom(0, 0.7, 1)),
  topP: fc.constantFrom('not sent' as const, 0.9),
  seed: fc.constantFrom('sent' as const, 'not sent' as const),
});
const message = fc.record({ role: fc.constantFrom('user' as const, 'assistant' as const), content: fc.string() });
const request: fc.Arbitrary<ModelRequest> = fc.record({
  provider: fc.constantFrom('a', 'b'),
  model: fc.constantFrom('m', 'n'),
  parameters,
  messages: fc.array(message, { minLength: 1, maxLength: 3 }),
  replicate: fc.nat(2),
  sample: fc.nat(5),
  ask: fc.nat(2),
});

describe('the key of a request', () => {
  it('is the same for equal requests only, whatever the order of their fields', () => {
    fc.assert(
      fc.property(request, request, (one, other) => {
        const reversed = Object.fromEntries(Object.entries(one).reverse()) as unknown as ModelRequest;
        expect(requestKey(reversed)).toBe(requestKey(one));
        const equal = JSON.stringify(one) === JSON.stringify(other);
        expect(requestKey(one) === requestKey(other)).toBe(equal);
      }),
      { numRuns: 300 },
    );
  });

  it('changes with every field', () => {
    const base = composed(plan());
    const others: ModelRequest[] = [
      { ...base, provider: 'other' },
      { ...base, model: 'other' },
      { ...base, parameters: { ...base.parameters, maxTokens: 401 } },
      { ...base, parameters: { ...base.parameters, temperature: 'not sent' } },
      { ...base, parameters: { ...base.parameters, topP: 0.5 } },
      { ...base, parameters: { ...base.parameters, seed: 'not sent' } },
      { ...base, messages: [{ role: 'user', content: 'other' }] },
      { ...base, replicate: 1 },
      { ...base, sample: 1 },
      { ...base, ask: 1 },
    ];
    expect(new Set([base, ...others].map(requestKey)).size).toBe(others.length + 1);
  });

  it('does not depend on the study: not on its name, title, limits, rates, other arms or notes', () => {
    const one = plan();
    const renamed = plan({
      name: 'other',
      title: 'Another study',
      limits: { usd: 1 },
      rates: {},
      notes: [{ at: 'seed', kind: 'ours', why: 'x' }],
      arms: [{ id: '1,2', take: { 1: 5 } }],
      'training/budget': { steps: 3 },
    });
    for (const index of [0, 7, 79]) {
      expect(requestKey(composed(renamed, index))).toBe(requestKey(composed(one, index)));
      expect(requestKey(generated(renamed, index))).toBe(requestKey(generated(one, index)));
    }
    expect(requestKey(graded(renamed))).toBe(requestKey(graded(one)));
  });

  it('differs between all items, generations and turns of a plan', () => {
    const made = plan();
    const items = made.compose[1]?.items.map((_, index) => composed(made, index)) ?? [];
    const second = items.map((_, index) => composed(made, index, ['Answer: a reply']));
    const answers = (made.evaluation[2]?.items ?? []).flatMap((_, index) =>
      [0, 1].map((generation) => generated(made, index, generation)),
    );
    const all = [...items, ...second, ...answers];
    expect(new Set(all.map(requestKey)).size).toBe(all.length);
  });

  it('differs between checkpoints, replicates and gradings', () => {
    const made = plan();
    expect(requestKey(generated(made, 0, 0, 'sha256:0b'))).not.toBe(requestKey(generated(made)));
    const replicate = { ...tuned, replicate: 1 };
    const again = generatedWriter(made, { list: 2, index: 0, generation: 0, tuned: replicate }, 'sha256:0a');
    expect(requestKey(again.requestAfter([]))).not.toBe(requestKey(generated(made)));
    const gradings = [{}, { place: 1 }, { round: 1 }, { ask: 1 }, { text: 'Another text.' }];
    expect(new Set(gradings.map((changed) => requestKey(graded(made, changed)))).size).toBe(gradings.length);
  });

  it('tells repeats of a combination apart: occurrence times generations plus generation', () => {
    const made = plan({ split: { by: 'random', seed: 1, trainSkills: 3, trainTopics: 1 }, 'evaluation/k': [2] });
    const items = made.evaluation[0]?.items ?? [];
    const samples = items.map(({ skills, occurrence }, index) => {
      const writer = (generation: number) => generatedWriter(made, { list: 0, index, generation, tuned }, 'sha256:0a');
      expect([0, 1].map((generation) => writer(generation).requestAfter([]).sample)).toEqual([
        2 * occurrence,
        2 * occurrence + 1,
      ]);
      return `${[...skills].sort().join()} ${occurrence}`;
    });
    expect(items.some(({ occurrence }) => occurrence > 0)).toBe(true);
    expect(new Set(samples).size).toBe(items.length);
  });
});

describe('the seed that travels with a request', () => {
  it('differs between items and between samples of one item', () => {
    const made = plan();
    const items = made.evaluation[2]?.items ?? [];
    const seeds = items.flatMap((_, index) => [0, 1].map((generation) => wireSeed(generated(made, index, generation))));
    expect(new Set(seeds).size).toBe(seeds.length);
  });

  it('differs between gradings and asks, and fits into 31 bits', () => {
    const made = plan();
    const seeds = [{}, { round: 1 }, { round: 2 }, { ask: 1 }].map((changed) => wireSeed(graded(made, changed)));
    expect(new Set(seeds).size).toBe(seeds.length);
    for (const seed of seeds) expect(seed >= 0 && seed < 2 ** 31 && Number.isInteger(seed)).toBe(true);
  });

  it('is the same for all models, so that arms are compared on the same draws', () => {
    const made = plan();
    expect(wireSeed(generated(made, 3, 1, 'sha256:0b'))).toBe(wireSeed(generated(made, 3, 1)));
  });
});
