/** Sampling parameters that models are known to refuse: a study that sends one gets an error for every request. */
import type { Plan } from '../../contracts/plan.ts';
import type { MakerData, ModelData } from '../../contracts/reference/model-data.ts';
import { NOT_SENT, type Parameters } from '../../contracts/study.ts';
import { makerRoles } from './maker-roles.ts';

type Refusal = MakerData['refusals'][number];

/** What of the parameters a refusal is about, in words. */
function refusedBy(refusal: Refusal, parameters: Parameters): string[] {
  if ('notTogether' in refusal) {
    const together = refusal.notTogether.every((name) => parameters[name] !== NOT_SENT);
    return together ? [`${refusal.notTogether.join(' and ')}: only one of them is accepted`] : [];
  }
  return refusal.onlyDefault.flatMap((name) => {
    const value = parameters[name];
    return value === NOT_SENT || value === 1 ? [] : [`${name} ${value}: only 1, the default, is accepted`];
  });
}

export interface RefusedParameter {
  readonly role: string;
  readonly model: string;
  readonly refused: string;
}

export function refusedParameters(plan: Pick<Plan, 'science'>, makers: ModelData): RefusedParameter[] {
  return makerRoles(plan).flatMap(({ role, model, parameters, protocol }) => {
    const refusals = (makers[protocol]?.refusals ?? []).filter(({ models }) => new RegExp(models).test(model));
    return refusals.flatMap((refusal) => refusedBy(refusal, parameters).map((refused) => ({ role, model, refused })));
  });
}
