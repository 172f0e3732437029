/** `etude plan FILE`: shows a study's calls, cost, overlap with training, and differences from the published study. */
import { join } from 'node:path';
import { describePlan } from '../../domain/plan/describe-plan.ts';
import { scienceOf } from '../../domain/plan/make-plan.ts';
import { ROOT } from '../../infra/setup/settings.mjs';
import { checkMix } from '../study-file/read-mix.ts';
import { readModelData } from '../study-file/read-model-data.ts';
import { planStudy, readStudy } from '../study-file/read-study.ts';
import { layOutPlan } from '../terminal/lay-out-plan.ts';
import { outputWidth } from '../terminal/layout.ts';
import type { Terminal } from '../terminal/terminal.ts';

const PUBLISHED = join(ROOT, 'studies/paper.yaml');

export async function showPlan(file: string, _options: unknown, terminal: Terminal): Promise<void> {
  const { plan, hash, runtime } = await planStudy(file);
  await checkMix(file, plan);
  const description = describePlan(plan, hash, scienceOf(await readStudy(PUBLISHED)), await readModelData());
  const width = outputWidth(process.stdout.columns);
  terminal.finish({ ...description, limits: runtime.limits }, () =>
    terminal.say(layOutPlan(description, { width, limits: runtime.limits }).join('\n')),
  );
}
