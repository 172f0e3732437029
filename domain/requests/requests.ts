/** The requests of a study and their keys: a pure function of plan, position and the replies that came before. */
import type { Message, ModelRequest } from '../../contracts/calls.ts';
import type { GraderPrompt, WriterPrompt } from '../../contracts/catalog.ts';
import type { Combination, Plan, PlannedCombination } from '../../contracts/plan.ts';
import { armOf } from '../../contracts/plan.ts';
import type { Grader, Parameters } from '../../contracts/study.ts';
import { isTrained } from '../../contracts/study.ts';
import { canonicalJson, hashOf, sha256 } from '../basics/hash.ts';
import { promptView, render } from './prompt-view.ts';

/** A call needs its key several times, and to hash a long conversation takes longer than to read the ledger. */
const keys = new WeakMap<ModelRequest, string>();

/** The ledger key (invariant 1): the hash of everything that decides the reply. */
export function requestKey(request: ModelRequest): string {
  const known = keys.get(request);
  if (known !== undefined) return known;
  const key = hashOf(request);
  keys.set(request, key);
  return key;
}

/**
 * The seed that is sent with a request. It differs between items, samples and asks, so that draws are independent, and
 * is the same for all models, so that arms are compared on the same draws.
 */
export function wireSeed({ messages, replicate, sample, ask }: ModelRequest): number {
  return Number.parseInt(sha256(canonicalJson({ ask, messages, replicate, sample })).slice(0, 8), 16) & 0x7fffffff;
}

const variantOf = <T>(variants: Readonly<Record<string, T>>, name: string, role: string): T => {
  const prompt = variants[name];
  if (prompt === undefined) throw new RangeError(`the catalog has no ${role} prompt named "${name}"`);
  return prompt;
};

export const teacherPrompt = (plan: Plan): WriterPrompt =>
  variantOf(plan.catalog.prompts.teacher, plan.science.teacher.prompt, 'teacher');

/** The prompt a student answers in an arm; an untrained arm may name its own. */
export function studentPrompt(plan: Plan, studentId: string, armId: string): WriterPrompt {
  const arm = armOf(plan, armId);
  const own = isTrained(arm) ? undefined : arm.prompt;
  return variantOf(plan.catalog.prompts.student, own ?? studentOf(plan, studentId).prompt, 'student');
}

export function studentOf(plan: Plan, id: string) {
  const student = plan.science.students.find((candidate) => candidate.id === id);
  if (!student) throw new RangeError(`student "${id}" is not in the plan of study "${plan.science.name}"`);
  return student;
}

export const graderPrompt = (plan: Plan, grader: Grader): GraderPrompt =>
  variantOf(plan.catalog.prompts.grader, grader.prompt, 'grader');

/** The conversation up to and including the next user turn, after `replies`. */
export function conversation(
  plan: Plan,
  prompt: WriterPrompt,
  combination: Combination,
  replies: readonly string[],
): Message[] {
  const view = promptView(plan.catalog, combination);
  return prompt.turns.slice(0, replies.length + 1).flatMap((turn, index) => {
    const asked: Message = { role: 'user', content: render(turn, view) };
    const reply = replies[index];
    return reply === undefined ? [asked] : [asked, { role: 'assistant', content: reply } satisfies Message];
  });
}

export interface Speaker {
  readonly provider: string;
  readonly model: string;
  readonly parameters: Parameters;
  readonly replicate: number;
}

export function teacherRequest(plan: Plan, item: PlannedCombination, replies: readonly string[]): ModelRequest {
  const { provider, model, parameters } = plan.science.teacher;
  const messages = conversation(plan, teacherPrompt(plan), item, replies);
  return { provider, model, parameters, messages, replicate: 0, sample: item.occurrence, ask: 0 };
}

/** `speaker.model` is the digest of the checkpoint that answers. */
export function studentRequest(
  plan: Plan,
  speaker: Speaker,
  prompt: WriterPrompt,
  item: PlannedCombination,
  generation: number,
  replies: readonly string[],
): ModelRequest {
  const messages = conversation(plan, prompt, item, replies);
  const sample = item.occurrence * plan.science.evaluation.generations + generation;
  return { ...speaker, messages, sample, ask: 0 };
}

export function gradingRequest(
  plan: Plan,
  grader: Grader,
  { combination, text, round, ask }: { combination: Combination; text: string; round: number; ask: number },
): ModelRequest {
  const content = render(graderPrompt(plan, grader).turn, promptView(plan.catalog, combination, text));
  const { provider, model, parameters } = grader;
  return { provider, model, parameters, messages: [{ role: 'user', content }], replicate: 0, sample: round, ask };
}
