/** Builds training files from the kept texts and certifies that they contain nothing held out (invariant 2). */
import type { Plan, TunedStudent } from '../../contracts/plan.ts';
import { armOf } from '../../contracts/plan.ts';
import type { CertifiedDataset } from '../../contracts/results.ts';
import { isTrained } from '../../contracts/study.ts';
import { textsOfArm, toJsonLines, toRow, type KeptByK, type KeptText } from '../../domain/corpus/build-dataset.ts';
import { certify } from '../../domain/corpus/certificate.ts';
import type { ActivityContext } from '../shared/activity-context.ts';
import { readCorpus } from './corpus.ts';

export interface Dataset {
  readonly content: string;
  readonly texts: readonly KeptText[];
  readonly certified: CertifiedDataset;
}

/** A training file is asked for before its texts are composed. Callers treat that as "not yet", not as a failure. */
export class NotComposedYet extends Error {
  override readonly name = 'NotComposedYet';
}

/** The kept texts of one partition, by k. Throws `NotComposedYet` while composing is not done. */
export async function readKept(context: ActivityContext, plan: Plan, partition: number): Promise<KeptByK> {
  const kept = new Map<number, readonly KeptText[]>();
  for (const [list, composing] of plan.compose.entries()) {
    if (composing.partition !== partition) continue;
    const corpus = await readCorpus(context, plan, list);
    if (!corpus) throw new NotComposedYet(`k = ${composing.k}, partition ${partition}: not composed yet`);
    kept.set(composing.k, corpus.keptTexts);
  }
  return kept;
}

/** The training file of a tuned student. Throws `HeldOutError` when its bytes fail the certificate. */
export function makeDataset(plan: Plan, { student, arm: armId, partition }: TunedStudent, kept: KeptByK): Dataset {
  const arm = armOf(plan, armId);
  if (!isTrained(arm)) throw new RangeError(`arm "${armId}" is not trained`);
  const texts = textsOfArm(plan, arm, kept);
  const content = toJsonLines(texts.map((text) => toRow(plan, student, armId, text)));
  const certified = certify({
    plan,
    student,
    partition,
    arm: armId,
    content,
    combinations: texts.map(({ combination }) => combination),
  });
  return { content, texts, certified };
}
