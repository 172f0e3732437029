import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readCatalog } from '../../../client/study-file/read-study.ts';
import type { Catalog } from '../../../contracts/catalog.ts';
import type { Plan, PlannedCombination } from '../../../contracts/plan.ts';
import { studySchema, type Study } from '../../../contracts/study.ts';
import { makePlan, planHash } from '../../../domain/plan/make-plan.ts';
import { combinationKey } from '../../../domain/plan/sample-combinations.ts';
import { ROOT } from '../../../infra/setup/settings.mjs';
import { changeStudy } from '../../support/write-study.ts';

let catalog: Catalog;
beforeAll(async () => {
  catalog = await readCatalog(join(ROOT, 'catalogs/lab'));
});

const study = (changes: Readonly<Record<string, unknown>> = {}): Study => studySchema.parse(changeStudy(changes));
const plan = (changes: Readonly<Record<string, unknown>> = {}): Plan => makePlan(study(changes), catalog);

const listsOf = ({ compose, evaluation }: Plan): (readonly PlannedCombination[])[] =>
  [...compose, ...evaluation].map(({ items }) => items);

/** Small studies of every shape: splits, partitions, k, sizes, settings. */
const changes = fc
  .record({
    seed: fc.nat(2 ** 31 - 1),
    splitSeed: fc.nat(2 ** 31 - 1),
    trainSkills: fc.integer({ min: 8, max: 15 }),
    trainTopics: fc.integer({ min: 1, max: 35 }),
    partitions: fc.integer({ min: 1, max: 3 }),
    ks: fc.uniqueArray(fc.integer({ min: 1, max: 8 }), { minLength: 1, maxLength: 4 }),
    kept: fc.integer({ min: 1, max: 30 }),
    surplus: fc.integer({ min: 0, max: 40 }),
    wave: fc.integer({ min: 1, max: 25 }),
    combinations: fc.integer({ min: 1, max: 30 }),
    settings: fc.uniqueArray(fc.constantFrom('train', 'held-out', 'all'), { minLength: 1 }),
  })
  .map(
    ({ seed, splitSeed, trainSkills, trainTopics, partitions, ks, kept, surplus, wave, combinations, settings }) => ({
      seed,
      split: { by: 'random', seed: splitSeed, trainSkills, trainTopics },
      partitions,
      arms: [{ id: 'all', take: Object.fromEntries(ks.map((k) => [k, 'all'])) }],
      'compose/kept': Object.fromEntries(ks.map((k) => [k, kept])),
      'compose/maxPlanned': Object.fromEntries(ks.map((k) => [k, kept + surplus])),
      'compose/wave': wave,
      'evaluation/k': ks,
      'evaluation/settings': settings,
      'evaluation/combinations': combinations,
    }),
  );

const check = (property: (plan: Plan, changed: Readonly<Record<string, unknown>>) => void): void =>
  fc.assert(
    fc.property(changes, (changed) => property(plan(changed), changed)),
    { numRuns: 25 },
  );

describe('every plan', () => {
  it('names no skill twice in a combination', () => {
    check((made) => {
      const twice = listsOf(made)
        .flat()
        .find(({ skills }) => new Set(skills).size !== skills.length);
      expect(twice).toBeUndefined();
    });
  });

  it('draws k skills and a topic from the sides of the setting', () => {
    check((made) => {
      for (const { partition, k, setting, items } of made.evaluation) {
        const sides = made.partitions[partition]?.sides;
        const names = setting === 'all' ? (['train', 'held-out'] as const) : [setting as 'train' | 'held-out'];
        const pool = new Set(
          names.flatMap((side) => [...(sides?.[side].skills ?? []), ...(sides?.[side].topics ?? [])]),
        );
        const stray = items.find(
          ({ skills, topic }) => skills.length !== k || ![...skills, topic].every((id) => pool.has(id)),
        );
        expect(stray).toBeUndefined();
      }
    });
  });

  it('composes nothing of the held-out side (invariant 2)', () => {
    check((made) => {
      for (const { partition, items } of made.compose) {
        const heldOut = made.partitions[partition]?.sides['held-out'];
        const out = new Set([...(heldOut?.skills ?? []), ...(heldOut?.topics ?? [])]);
        expect(items.find(({ skills, topic }) => [...skills, topic].some((id) => out.has(id)))).toBeUndefined();
      }
    });
  });

  it('puts every skill and topic on exactly one side', () => {
    check((made) => {
      for (const { sides } of made.partitions)
        for (const kind of ['skills', 'topics'] as const)
          expect([...sides.train[kind], ...sides['held-out'][kind]].sort()).toEqual(
            catalog[kind].map(({ id }) => id).sort(),
          );
    });
  });

  it('counts how often a combination came before in its list, whatever the order of its skills', () => {
    check((made) => {
      for (const items of listsOf(made)) {
        const seen = new Map<string, number>();
        const counted = items.map((item) => {
          const before = seen.get(combinationKey(item)) ?? 0;
          seen.set(combinationKey(item), before + 1);
          return before;
        });
        expect(items.map(({ occurrence }) => occurrence)).toEqual(counted);
      }
    });
  });

  it('cuts each composed list into waves that begin with the target and sum to the list', () => {
    check((made) => {
      for (const { target, waves, items } of made.compose) {
        expect(waves[0]).toBe(target);
        expect(waves.reduce((sum, wave) => sum + wave, 0)).toBe(items.length);
        expect(waves.slice(1).every((wave) => wave >= 1 && wave <= made.science.compose.wave)).toBe(true);
      }
    });
  });

  it('is the same when it is made again', () => {
    check((made, changed) => expect(planHash(plan(changed))).toBe(planHash(made)));
  });

  it('keeps its other lists when a setting, a k or a partition is added', () => {
    check((made, changed) => {
      const more = plan({
        ...changed,
        partitions: made.partitions.length + 1,
        'evaluation/k': [...made.science.evaluation.k, 9].filter((k, index, all) => all.indexOf(k) === index && k < 9),
        'evaluation/settings': [
          ...made.science.evaluation.settings.map(({ id }) => id),
          { id: 'more', skills: 'train', topics: 'all' },
        ],
      });
      for (const list of made.compose) expect(more.compose).toContainEqual(list);
      for (const list of made.evaluation) expect(more.evaluation).toContainEqual(list);
    });
  });

  it('keeps the beginning of a list that grows', () => {
    check((made, changed) => {
      const more = plan({ ...changed, 'evaluation/combinations': made.science.evaluation.combinations + 7 });
      for (const [index, { items }] of made.evaluation.entries())
        expect(more.evaluation[index]?.items.slice(0, items.length)).toEqual(items);
    });
  });
});

describe('the plan hash', () => {
  const base = () => planHash(plan());

  it.each([
    [{ limits: { usd: 0 } }],
    [{ rates: {} }],
    [{ 'rates/tiny': { requestsPerMinute: 3, concurrency: 1 } }],
    [{ cluster: { backend: 'local', trainings: 1, servers: 1 } }],
  ])('is not changed by how the study runs: %j', (changed) => {
    expect(planHash(plan(changed))).toBe(base());
  });

  it.each([
    [{ name: 'other' }],
    [{ seed: 2 }],
    [{ 'teacher/model': 'lab-teacher-2', rates: {} }],
    [{ 'teacher/parameters/temperature': 0.9 }],
    [{ 'compose/kept/1': 299 }],
    [{ 'compose/keep/gradings': 2 }],
    [{ 'training/replicates': [{ dataSeed: 1, trainSeed: 2 }] }],
    [{ 'training/hyperparameters/learningRate': 0.0003 }],
    [{ 'evaluation/generations': 2 }],
    [{ 'evaluation/aggregate': { gradings: 'mean', generations: 'mean' } }],
    [{ 'students/0/base/variant': 'strict' }],
    [{ prices: { 'lab-openai/lab-teacher': { input: 1, output: 1 } } }],
  ])('is changed by science and prices: %j', (changed) => {
    expect(planHash(plan(changed))).not.toBe(base());
  });

  it('is changed by the catalog', () => {
    const reworded = { ...catalog, prompts: { ...catalog.prompts, version: catalog.prompts.version + 1 } };
    expect(planHash(makePlan(study(), reworded))).not.toBe(base());
  });
});
