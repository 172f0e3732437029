/** Collects what results depend on: packages, checkpoints, splits, datasets, seeds, times. Not part of `results.json`. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plan, Runtime } from '../../contracts/plan.ts';
import { hashOf } from '../../domain/basics/hash.ts';
import { tunedStudents } from '../../domain/plan/plan-cells.ts';
import { rolesOf } from '../../domain/plan/roles-of.ts';
import type { Dataset } from '../corpus/datasets.ts';
import { trainingKeyOf } from '../jobs/checkpoint-digests.ts';
import { countSetAside } from '../ledger/arms/amendments.ts';
import { findCheckpoint, listFailedArms } from '../ledger/arms/checkpoints.ts';
import { listServed } from '../ledger/models/snapshots.ts';
import type { ActivityContext } from '../shared/activity-context.ts';

export async function readProvenance(
  context: ActivityContext,
  plan: Plan,
  { hash, runtime, datasets }: { hash: string; runtime: Runtime; datasets: ReadonlyMap<string, Dataset> },
): Promise<Record<string, unknown>> {
  const { science, catalog } = plan;
  return {
    plan: hash,
    runtime,
    software: await readSoftware(context.root),
    models: { teacher: science.teacher, keepGrader: science.keepGrader, graders: science.graders },
    served: await listServed(context.ledger.tables, modelsOf(plan)),
    checkpoints: await readCheckpoints(context, plan),
    catalog: {
      name: catalog.name,
      sha256: hashOf(catalog),
      prompts: { id: catalog.prompts.id, version: catalog.prompts.version, sha256: hashOf(catalog.prompts) },
    },
    split: plan.partitions.map(({ index, sides }) => ({ partition: index, ...sides })),
    datasets: [...datasets.values()].map(({ certified }) => certified),
    seeds: { study: science.seed, replicates: science.training.replicates },
    // How many failures were set aside because a person asked to try them again.
    setAside: await countSetAside(context.ledger.tables, hash),
    // With full error messages, which `results.json` leaves out as they contain paths of one machine.
    failedArms: await listFailedArms(context.ledger.tables, hash),
    // Sums over the whole ledger of the home, which may serve several studies.
    callsOfHome: { ...(await context.ledger.sendTotals()), ...(await readTimes(context)) },
  };
}

/** Each model once, however many roles it has. */
function modelsOf({ science }: Plan) {
  const roles = rolesOf(science).map(([, { provider, model }]) => ({ provider, model }));
  return [...new Map(roles.map((role) => [`${role.provider}/${role.model}`, role])).values()];
}

async function readSoftware(root: string): Promise<Record<string, unknown>> {
  const { version, dependencies } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    version: string;
    dependencies: Record<string, string>;
  };
  return {
    etude: version,
    node: process.version,
    // Decide where sentences of rule `segmenter` end, and what counts as a word in scripts without blanks.
    unicode: process.versions['unicode'],
    icu: process.versions['icu'],
    platform: `${process.platform} ${process.arch}`,
    packages: dependencies,
  };
}

/** Each tuned student with what the trainer recorded: digest, files, packages and hardware. */
async function readCheckpoints(context: ActivityContext, plan: Plan): Promise<unknown[]> {
  const checkpoints: unknown[] = [];
  for (const tuned of tunedStudents(plan)) {
    const key = await trainingKeyOf(context, plan, tuned).catch(() => undefined);
    const made = key === undefined ? undefined : await findCheckpoint(context.ledger.tables, key);
    const template = made
      ? await readFile(join(made.directory, 'model', 'chat_template.jinja'), 'utf8').catch(() => null)
      : null;
    checkpoints.push({
      ...tuned,
      trainingKey: key ?? null,
      made: made?.details ?? null,
      chatTemplate: template,
    });
  }
  return checkpoints;
}

async function readTimes(context: ActivityContext): Promise<Record<string, string | null>> {
  const row = await context.ledger.tables
    .selectFrom('calls')
    .select((select) => [select.fn.min<string | null>('at').as('first'), select.fn.max<string | null>('at').as('last')])
    .executeTakeFirst();
  return { first: row?.first ?? null, last: row?.last ?? null };
}
