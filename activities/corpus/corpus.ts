/** Reads the composed texts of a study from the ledger, and decides which of them are kept. */
import type { CountKeptInput, CountKeptResult } from '../../contracts/activities.ts';
import type { ComposedText } from '../../contracts/outcomes.ts';
import type { ComposeList, Plan } from '../../contracts/plan.ts';
import type { KeptText } from '../../domain/corpus/build-dataset.ts';
import type { KeptDecision } from '../../domain/corpus/corpus.ts';
import { loadPlan, type ActivityContext } from '../shared/activity-context.ts';
import { composedTexts } from './composed-texts.ts';
import { composePlan, type CorpusText, type UsedCall } from './read-composed.ts';

/** The texts for one k of one partition: how many were composed, which were kept, and which were dropped. */
export interface Corpus extends KeptDecision {
  readonly list: ComposeList;
  readonly composed: readonly ComposedText[];
  readonly keptTexts: readonly KeptText[];
  /** The calls behind the texts, so that analysis can count what each role cost. */
  readonly calls: readonly UsedCall[];
}

export function makeCorpusActivities(context: ActivityContext) {
  /** Applies keep rule and dedupe, in plan order, to the first `composed` texts; returns counts, and writes nothing. */
  async function countKept({ plan: hash, list, composed }: CountKeptInput): Promise<CountKeptResult> {
    const plan = await loadPlan(context, hash);
    const texts = await composedTexts(context, plan, list);
    const decision = await texts.decide(composed);
    if (!decision) throw new Error(`of the first ${composed} texts of list ${list} some are not composed yet`);
    return { kept: decision.kept.length, target: composePlan(plan, list).target };
  }

  return { countKept };
}

/**
 * The corpus of one compose list: all waves up to the first that reached the target, as `composeCorpus` made them.
 * Undefined while they are not all composed.
 */
export async function readCorpus(context: ActivityContext, plan: Plan, list: ComposeList): Promise<Corpus | undefined> {
  const { waves, target } = composePlan(plan, list);
  const texts = await composedTexts(context, plan, list);
  let composed = 0;
  for (const [wave, size] of waves.entries()) {
    composed += size;
    // Deciding includes a dedupe, which is slow: skip it while there are too few texts to reach the target.
    if (composed < target && wave < waves.length - 1) continue;
    const decision = await texts.decide(composed);
    if (!decision) return undefined;
    if (decision.kept.length >= target || wave === waves.length - 1)
      return toCorpus(list, texts.first(composed), decision);
  }
  return undefined;
}

function toCorpus(list: ComposeList, texts: readonly CorpusText[], decision: KeptDecision): Corpus {
  const keptTexts = decision.kept.flatMap(({ index }) => {
    const text = texts[index];
    if (text?.outcome.end !== 'generated') return [];
    const { combination, outcome, replies, outputTokens } = text;
    return [{ combination, text: outcome.text, replies, outputTokens }];
  });
  return { list, composed: texts, ...decision, keptTexts, calls: texts.flatMap(({ calls }) => calls) };
}
