/** Models that their makers no longer serve: a study that names one can be planned, not started. */
import { UserError } from '../../contracts/failures.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { Protocol } from '../../contracts/protocols.ts';

/** Dates of retirement as the makers' pages give them, of models that studies of this kind have used. */
const RETIRED: Readonly<Partial<Record<Protocol, Readonly<Record<string, string>>>>> = {
  openai: {
    'gpt-3.5-turbo': '2026-10-23',
    'gpt-3.5-turbo-0125': '2026-10-23',
    'gpt-4': '2026-10-23',
    'gpt-4-0613': '2026-10-23',
    'gpt-4-1106-preview': '2026-10-23',
    'gpt-4-turbo': '2026-10-23',
    'gpt-4-turbo-2024-04-09': '2026-10-23',
    'gpt-4o-2024-05-13': '2026-10-23',
  },
  anthropic: {
    'claude-3-opus-20240229': '2026-01-05',
    'claude-opus-4-20250514': '2026-06-15',
    'claude-sonnet-4-20250514': '2026-06-15',
    'claude-opus-4-1-20250805': '2026-08-05',
  },
};

export interface RetiredModel {
  readonly role: string;
  readonly model: string;
  readonly since: string;
}

/** The roles whose model is gone. Only a maker's own address counts: other servers may still have the weights. */
export function retiredModels({ science }: Plan): RetiredModel[] {
  const roles = [
    { role: 'teacher', ...science.teacher },
    { role: 'keep grader', ...science.keepGrader },
    ...science.graders.map((grader) => ({ role: `grader ${grader.id}`, ...grader })),
  ];
  return roles.flatMap(({ role, provider, model }) => {
    const { protocol, endpoint } = science.providers[provider] ?? {};
    const since = protocol && endpoint === 'default' ? RETIRED[protocol]?.[model] : undefined;
    return since ? [{ role, model, since }] : [];
  });
}

/** Throws `UserError` when the study cannot be started because a model is gone. */
export function requireServed(plan: Plan): void {
  const retired = retiredModels(plan);
  if (retired.length === 0) return;
  const list = retired.map(({ role, model, since }) => `${role} ${model} (since ${since})`).join(', ');
  throw new UserError(
    `Study ${plan.science.name} names models that are no longer served: ${list}.`,
    'Copy the study file, name a substitute for each under a new study name, and mark each in `notes` as a `deviation`, ' +
      'as studies/paper-today.yaml does. Nothing substitutes a model by itself.',
  );
}
