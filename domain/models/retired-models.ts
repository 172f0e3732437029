/** Models that their makers no longer serve: a study that names one can be planned, not started. */
import { UserError } from '../../contracts/failures.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { ModelData } from '../../contracts/reference/model-data.ts';
import { makerRoles } from './maker-roles.ts';

export interface RetiredModel {
  readonly role: string;
  readonly model: string;
  readonly since: string;
}

/** The roles whose model is gone. */
export function retiredModels(plan: Plan, makers: ModelData): RetiredModel[] {
  return makerRoles(plan).flatMap(({ role, model, protocol }) => {
    const retired = makers[protocol]?.retired.find((one) => one.model === model);
    return retired ? [{ role, model, since: retired.since }] : [];
  });
}

/** Throws `UserError` when the study cannot be started because a model is gone. */
export function requireServed(plan: Plan, makers: ModelData): void {
  const retired = retiredModels(plan, makers);
  if (retired.length === 0) return;
  const list = retired.map(({ role, model, since }) => `${role} ${model} (since ${since})`).join(', ');
  throw new UserError(
    `Study ${plan.science.name} names models that are no longer served: ${list}.`,
    'Copy the study file, name a substitute for each under a new study name, and mark each in `notes` as a `deviation`, ' +
      'as studies/paper-today.yaml does. Nothing substitutes a model by itself.',
  );
}
