/** Training files from kept texts: which texts an arm takes, and how each becomes a conversation. */
import type { Message } from '../../contracts/calls.ts';
import { UserError } from '../../contracts/failures.ts';
import type { Plan, PlannedCombination } from '../../contracts/plan.ts';
import { armOf } from '../../contracts/plan.ts';
import { isTrained, type TrainedArm } from '../../contracts/study.ts';
import { randomStream, shuffle } from '../basics/random.ts';
import { conversation, studentPrompt } from '../requests/requests.ts';

/** A kept text with the teacher's replies to every turn. */
export interface KeptText {
  readonly combination: PlannedCombination;
  readonly text: string;
  readonly replies: readonly string[];
  /** Output tokens over all turns, as the teacher's provider counted them. */
  readonly outputTokens: number;
}

/** Kept texts of one partition in plan order, by k. */
export type KeptByK = ReadonlyMap<number, readonly KeptText[]>;

export interface DatasetRow {
  readonly messages: readonly Message[];
}

/** The texts an arm is trained on, in plan order within rising k. */
export function textsOfArm(plan: Plan, arm: TrainedArm, kept: KeptByK): KeptText[] {
  const taken = take(arm, kept);
  if (!arm.match) return taken;
  const other = armOf(plan, arm.match.arm);
  if (!isTrained(other))
    throw new UserError(`arms.${arm.id}.match: "${other.id}" is untrained.`, 'Match a trained arm.');
  return matchSize(plan.science.seed, arm, taken, take(other, kept));
}

function take(arm: TrainedArm, kept: KeptByK): KeptText[] {
  const ks = Object.keys(arm.take)
    .map(Number)
    .sort((a, b) => a - b);
  return ks.flatMap((k) => {
    const texts = kept.get(k) ?? [];
    const count = arm.take[String(k)];
    return count === 'all' || count === undefined ? texts : texts.slice(0, count);
  });
}

/** A seeded subset with as many texts, or at most as many tokens, as the other arm has. */
function matchSize(seed: number, arm: TrainedArm, texts: readonly KeptText[], other: readonly KeptText[]): KeptText[] {
  const sizeOf = (text: KeptText) => (arm.match?.by === 'tokens' ? text.outputTokens : 1);
  const limit = other.reduce((sum, text) => sum + sizeOf(text), 0);
  const chosen = new Set<KeptText>();
  let size = 0;
  for (const text of shuffle(randomStream(seed, 'match', arm.id), texts)) {
    if (size + sizeOf(text) > limit) break;
    chosen.add(text);
    size += sizeOf(text);
  }
  return texts.filter((text) => chosen.has(text));
}

/**
 * One training conversation of a kept text, in the words of the student's own prompt. A one-turn sample is the first
 * turn and the final answer.
 */
export function toRow(plan: Plan, studentId: string, armId: string, kept: KeptText): DatasetRow {
  const prompt = studentPrompt(plan, studentId, armId);
  const answer = prompt.answer === 'plain' ? kept.text : (kept.replies[kept.replies.length - 1] ?? kept.text);
  const earlier = plan.science.training.sample === 'two-turn' ? kept.replies.slice(0, -1) : [];
  const asked = conversation(plan, prompt, kept.combination, earlier);
  return { messages: [...asked, { role: 'assistant', content: answer }] };
}

/** The bytes of a training file: one JSON object a line. */
export const toJsonLines = (rows: readonly unknown[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('');
