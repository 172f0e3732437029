/** Reads the composed texts of a study from the ledger, and decides which of them are kept. */
import type { CountKeptInput, CountKeptResult } from '../../contracts/activities.ts';
import type { FindCall } from '../../contracts/calls.ts';
import type { ComposedText, GradingOutcome, TextOutcome } from '../../contracts/outcomes.ts';
import type { ComposeList, ComposePlan, Plan } from '../../contracts/plan.ts';
import type { KeptText } from '../../domain/corpus/build-dataset.ts';
import { decideKept, type KeptDecision } from '../../domain/corpus/corpus.ts';
import { composedWriter } from '../../domain/requests/item-requests.ts';
import { readGradingRound, readWritten } from '../../domain/requests/read-back.ts';
import { checkerOf, roundsOf } from '../../domain/rubric/rubric-checks.ts';
import { loadPlan, type ActivityContext } from '../shared/activity-context.ts';

/** A composed text with what a training file needs besides: the replies of all turns, and their length. */
interface CorpusText extends ComposedText {
  readonly replies: readonly string[];
  readonly outputTokens: number;
}

/** The texts for one k of one partition: how many were composed, which were kept, and which were dropped. */
export interface Corpus extends KeptDecision {
  readonly list: ComposeList;
  readonly composed: readonly ComposedText[];
  readonly keptTexts: readonly KeptText[];
}

/** Looks replies up, by role, so that analysis can count what each role cost. */
export interface CorpusFinders {
  readonly teacher: FindCall;
  readonly keepGrader: FindCall;
}

function findersOf({ ledger }: ActivityContext): CorpusFinders {
  const find: FindCall = (key) => ledger.find(key);
  return { teacher: find, keepGrader: find };
}

export function makeCorpusActivities(context: ActivityContext) {
  /** Applies keep rule and dedupe, in plan order, to the first `composed` texts; returns counts, and writes nothing. */
  async function countKept({ plan: hash, list, composed }: CountKeptInput): Promise<CountKeptResult> {
    const plan = await loadPlan(context, hash);
    const texts = await readRange(findersOf(context), plan, list, 0, composed);
    const target = composePlan(plan, list).target;
    return { kept: decide(plan, list, texts).kept.length, target };
  }

  return { countKept };
}

function composePlan(plan: Plan, list: ComposeList): ComposePlan {
  const found = plan.compose[list];
  if (!found) throw new RangeError(`the plan composes no list ${list}`);
  return found;
}

function decide(plan: Plan, list: ComposeList, texts: readonly ComposedText[]): KeptDecision {
  const composing = composePlan(plan, list);
  const { keep, dedupe } = plan.science.compose;
  const trainSkills = plan.partitions[composing.partition]?.sides.train.skills ?? [];
  return decideKept(composing, texts, {
    keep,
    dedupe,
    rubric: plan.catalog.rubric,
    checkerOf: (combination) => checkerOf(plan.catalog, combination),
    target: composing.target,
    trainSkills,
  });
}

async function readRange(
  find: CorpusFinders,
  plan: Plan,
  list: ComposeList,
  from: number,
  to: number,
): Promise<CorpusText[]> {
  const texts: CorpusText[] = [];
  for (let index = from; index < to; index += 1) {
    const text = await readComposed(find, plan, list, index);
    if (!text) throw new Error(`text ${list}/${index} is not composed yet`);
    texts.push(text);
  }
  return texts;
}

/** A composed text with its gradings; undefined while a call of it is still to be made. */
export async function readComposed(
  find: CorpusFinders,
  plan: Plan,
  list: ComposeList,
  index: number,
): Promise<CorpusText | undefined> {
  const { item, prompt, requestAfter } = composedWriter(plan, { list, index });
  const written = await readWritten(find.teacher, prompt, requestAfter);
  if (written.end === 'open') return undefined;
  const done = (outcome: TextOutcome, replies: readonly string[] = [], outputTokens = 0): CorpusText => ({
    index,
    combination: item,
    outcome,
    replies,
    outputTokens,
  });
  if (written.end !== 'generated') return done(written);
  const { keepGrader, compose, evaluation } = plan.science;
  const gradings: GradingOutcome[] = [];
  const rounds = roundsOf(plan.catalog.rubric, compose.keep.gradings);
  for (let round = 0; round < rounds; round += 1) {
    const at = { combination: item, text: written.text, round, asks: evaluation.asks };
    const grading = await readGradingRound(find.keepGrader, plan, keepGrader, at);
    if (grading.end === 'open') return undefined;
    gradings.push(grading);
  }
  return done({ end: 'generated', text: written.text, gradings }, written.replies, written.outputTokens);
}

/**
 * The corpus of one compose list: all waves up to the first that reached the target, as `composeCorpus` made them.
 * Undefined while they are not all composed.
 */
export async function readCorpus(
  context: ActivityContext,
  plan: Plan,
  list: ComposeList,
  find: CorpusFinders = findersOf(context),
): Promise<Corpus | undefined> {
  const { waves, target } = composePlan(plan, list);
  let texts: CorpusText[] = [];
  for (const [wave, size] of waves.entries()) {
    const next = await readWave(find, plan, list, texts.length, size);
    if (!next) return undefined;
    texts = [...texts, ...next];
    // Deciding includes a dedupe, which is slow: skip it while there are too few texts to reach the target.
    if (texts.length < target && wave < waves.length - 1) continue;
    const decision = decide(plan, list, texts);
    if (decision.kept.length >= target || wave === waves.length - 1)
      return { list, composed: texts, ...decision, keptTexts: toKept(texts, decision) };
  }
  return undefined;
}

async function readWave(find: CorpusFinders, plan: Plan, list: ComposeList, from: number, size: number) {
  const wave: CorpusText[] = [];
  for (let index = from; index < from + size; index += 1) {
    const text = await readComposed(find, plan, list, index);
    if (!text) return undefined;
    wave.push(text);
  }
  return wave;
}

function toKept(texts: readonly CorpusText[], { kept }: KeptDecision): KeptText[] {
  return kept.flatMap(({ index }) => {
    const text = texts[index];
    if (text?.outcome.end !== 'generated') return [];
    const { combination, outcome, replies, outputTokens } = text;
    return [{ combination, text: outcome.text, replies, outputTokens }];
  });
}
