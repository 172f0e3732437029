/** Reads a study file with its catalog and split, checks them together, and makes the plan. */
import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import type { Access } from '../../contracts/asking.ts';
import { UserError } from '../../contracts/failures.ts';
import type { Plan, Runtime } from '../../contracts/plan.ts';
import type { Notify } from '../../contracts/runtime.ts';
import { studySchema, type Study } from '../../contracts/study.ts';
import { accessOf, makePlan, planHash, type SplitFile } from '../../domain/plan/make-plan.ts';
import { readCatalogOf } from './read-catalog.ts';
import { parseWith, readYaml } from './read-yaml.ts';
import { refuseSecrets } from './refuse-secrets.ts';

export { readCatalog } from './read-catalog.ts';

const ids = z.array(z.string()).min(1);
const splitFileSchema = z.strictObject({ train: z.strictObject({ skills: ids, topics: ids }) });

export interface PlannedStudy {
  readonly plan: Plan;
  readonly hash: string;
  readonly runtime: Runtime;
  /** How its providers are asked beside their addresses. */
  readonly access: Readonly<Record<string, Access>>;
  /** Who is to hear of the study while it runs. */
  readonly notify?: Notify | undefined;
}

export async function planStudy(path: string): Promise<PlannedStudy> {
  const study = await readStudy(path);
  const catalog = await readCatalogOf(study, path);
  const splitFile = await readSplitFile(study, path);
  const plan = withPlace(path, () => makePlan(study, catalog, splitFile));
  const { limits, rates, cluster, notify } = study;
  return { plan, hash: planHash(plan), runtime: { limits, rates, cluster }, access: accessOf(study), notify };
}

export async function readStudy(path: string): Promise<Study> {
  const written = await readYaml(path);
  refuseSecrets(written, path);
  return parseWith(studySchema, written, path);
}

async function readSplitFile({ split }: Study, path: string): Promise<SplitFile | undefined> {
  if (split.by !== 'file') return undefined;
  const file = resolve(dirname(path), split.file);
  return parseWith(splitFileSchema, await readYaml(file), file);
}

function withPlace<T>(path: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof UserError) throw new UserError(`${path}: ${error.message}`, error.remedy, { cause: error });
    throw error;
  }
}
