/** Makes the plan from study file and catalog: pure and seeded. Everything a study will ask is decided here. */
import { ACCESS_KEYS, type Access, type Provider } from '../../contracts/asking.ts';
import type { Catalog, Side } from '../../contracts/catalog.ts';
import { UserError } from '../../contracts/failures.ts';
import type { ComposePlan, EvaluationPlan, Partition, Plan, Pool, Science } from '../../contracts/plan.ts';
import type { Study } from '../../contracts/study.ts';
import { hashOf } from '../basics/hash.ts';
import { nearestOf } from '../basics/nearest.ts';
import { omit } from '../basics/omit.ts';
import { randomStream, shuffle } from '../basics/random.ts';
import { checkDerivations } from './check-rubric.ts';
import { checkPartition, checkStudy } from './check-study.ts';
import { sampleCombinations } from './sample-combinations.ts';
import { waveSizes } from './wave-sizes.ts';

/** A split read from a file: the ids of the train side; all others are held out. */
export interface SplitFile {
  readonly train: Pool;
}

/** The plan hash: over science, catalog and every combination, without limits, rates, cluster, and what is sent beside requests. */
export const planHash = (plan: Plan): string => hashOf(plan);

export const scienceOf = (study: Study): Science => ({
  ...omit(study, 'limits', 'rates', 'cluster', 'notify'),
  providers: mapProviders(study, (provider) => omit(provider, ...ACCESS_KEYS)),
});

/** How the study's providers are asked beside their addresses; providers that say nothing of it are left out. */
export function accessOf(study: Pick<Study, 'providers'>): Readonly<Record<string, Access>> {
  const all = mapProviders(study, (provider) => omit(provider, 'protocol', 'endpoint', 'apiKey'));
  return Object.fromEntries(Object.entries(all).filter(([, access]) => Object.keys(access).length > 0));
}

const mapProviders = <T>({ providers }: Pick<Study, 'providers'>, map: (provider: Provider) => T): Record<string, T> =>
  Object.fromEntries(Object.entries(providers).map(([name, provider]) => [name, map(provider)]));

/** Throws `UserError` where study and catalog do not fit each other. */
export function makePlan(study: Study, catalog: Catalog, splitFile?: SplitFile): Plan {
  checkStudy(study, catalog);
  const science = scienceOf(study);
  const partitions = Array.from({ length: study.partitions }, (_, index) =>
    partitionOf(study, catalog, index, splitFile),
  );
  const plan: Plan = {
    schema: 1,
    science,
    catalog,
    partitions,
    compose: partitions.flatMap((partition) => composePlans(science, partition)),
    evaluation: partitions.flatMap((partition) => evaluationPlans(science, partition)),
  };
  checkDerivations(plan);
  return plan;
}

function partitionOf(study: Study, catalog: Catalog, index: number, splitFile?: SplitFile): Partition {
  const train = trainSide(study, catalog, index, splitFile);
  const rest = (all: readonly { id: string }[], taken: readonly string[]) =>
    all.map(({ id }) => id).filter((id) => !taken.includes(id));
  const heldOut = { skills: rest(catalog.skills, train.skills), topics: rest(catalog.topics, train.topics) };
  const partition = { index, sides: { train, 'held-out': heldOut } };
  checkPartition(study, partition);
  return partition;
}

function trainSide(study: Study, catalog: Catalog, index: number, splitFile?: SplitFile): Pool {
  const { split } = study;
  switch (split.by) {
    case 'category': {
      const skills = catalog.skills.filter((skill) => catalog.categories[skill.category]?.side === 'train');
      const topics = catalog.topics.filter((topic) => topic.side === 'train');
      return { skills: skills.map(({ id }) => id), topics: topics.map(({ id }) => id) };
    }
    case 'random': {
      const stream = randomStream(split.seed, 'split', index);
      const ids = (all: readonly { id: string }[], count: number) =>
        shuffle(
          stream,
          all.map(({ id }) => id),
        )
          .slice(0, count)
          .sort();
      return { skills: ids(catalog.skills, split.trainSkills), topics: ids(catalog.topics, split.trainTopics) };
    }
    case 'file': {
      if (!splitFile) throw new UserError(`split.file: ${split.file} was not read.`, 'Name an existing file.');
      requireKnown(splitFile.train, catalog, split.file);
      return splitFile.train;
    }
  }
}

function requireKnown(pool: Pool, catalog: Catalog, file: string): void {
  for (const kind of ['skills', 'topics'] as const) {
    const known = new Set(catalog[kind].map(({ id }) => id));
    const stranger = pool[kind].find((id, index) => !known.has(id) || pool[kind].indexOf(id) !== index);
    if (stranger === undefined) continue;
    const twice = known.has(stranger);
    throw new UserError(
      `${file}: train.${kind}: "${stranger}" ${twice ? 'is listed twice' : `is not in catalog "${catalog.name}"`}.`,
      `List each id once, as the catalog writes it.${twice ? '' : nearestOf(stranger, [...known])}`,
    );
  }
}

function composePlans(science: Science, partition: Partition): ComposePlan[] {
  return Object.entries(science.compose.kept).map(([kText, target]) => {
    const k = Number(kText);
    const count = science.compose.maxPlanned[kText] ?? target;
    const labels = ['compose', partition.index, k];
    const items = sampleCombinations(partition.sides.train, { k, count, seed: science.seed, labels });
    return { partition: partition.index, k, target, waves: waveSizes(target, count, science.compose.wave), items };
  });
}

function poolOf(partition: Partition, side: Side | 'all', kind: keyof Pool): readonly string[] {
  if (side !== 'all') return partition.sides[side][kind];
  return [...partition.sides.train[kind], ...partition.sides['held-out'][kind]].sort();
}

function evaluationPlans(science: Science, partition: Partition): EvaluationPlan[] {
  const { evaluation, seed } = science;
  return evaluation.settings.flatMap((setting) => {
    const pool = {
      skills: poolOf(partition, setting.skills, 'skills'),
      topics: poolOf(partition, setting.topics, 'topics'),
    };
    return evaluation.k.map((k) => {
      const labels = ['evaluate', partition.index, k, setting.id];
      const items = sampleCombinations(pool, { k, count: evaluation.combinations, seed, labels });
      return { partition: partition.index, k, setting: setting.id, items };
    });
  });
}
