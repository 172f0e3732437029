/** From a reference to a planned text to its prompt, combination and requests. */
import type { ComposedRef, GeneratedRef, TextRef } from '../../contracts/activities.ts';
import { STUDENT_PROVIDER, type ModelRequest } from '../../contracts/calls.ts';
import type { WriterPrompt } from '../../contracts/catalog.ts';
import type { Plan, PlannedCombination } from '../../contracts/plan.ts';
import type { Grader } from '../../contracts/study.ts';
import { studentOf, studentPrompt, studentRequest, teacherPrompt, teacherRequest } from './requests.ts';

export interface ItemWriter {
  readonly item: PlannedCombination;
  readonly prompt: WriterPrompt;
  readonly requestAfter: (replies: readonly string[]) => ModelRequest;
}

export function composedWriter(plan: Plan, { list, index }: Pick<ComposedRef, 'list' | 'index'>): ItemWriter {
  const item = plan.compose[list]?.items[index];
  if (!item) throw new RangeError(`the plan has no composed item ${list}/${index}`);
  return { item, prompt: teacherPrompt(plan), requestAfter: (replies) => teacherRequest(plan, item, replies) };
}

/** `digest` names the checkpoint that answers: the model in the request's key. */
export function generatedWriter(plan: Plan, ref: Omit<GeneratedRef, 'kind' | 'plan'>, digest: string): ItemWriter {
  const { list, index, generation, tuned } = ref;
  const item = plan.evaluation[list]?.items[index];
  if (!item) throw new RangeError(`the plan has no evaluated item ${list}/${index}`);
  const prompt = studentPrompt(plan, tuned.student, tuned.arm);
  const { parameters } = studentOf(plan, tuned.student);
  const speaker = { provider: STUDENT_PROVIDER, model: digest, parameters, replicate: tuned.replicate };
  const requestAfter = (replies: readonly string[]) => studentRequest(plan, speaker, prompt, item, generation, replies);
  return { item, prompt, requestAfter };
}

/** A grader by its position in the study file; `keep`: the keep grader. Throws `RangeError`. */
export function graderOf(plan: Plan, place: number | 'keep'): Grader {
  const grader = place === 'keep' ? plan.science.keepGrader : plan.science.graders[place];
  if (!grader) throw new RangeError(`the plan has no grader ${place}`);
  return grader;
}

export const isComposed = (ref: TextRef): ref is ComposedRef => ref.kind === 'compose';
