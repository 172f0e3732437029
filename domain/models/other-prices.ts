/** Prices of the study file beside those that are known of the makers' models. */
import type { Plan } from '../../contracts/plan.ts';
import type { ModelData } from '../../contracts/reference/model-data.ts';
import { makerRoles } from './maker-roles.ts';

export interface OtherPrice {
  /** `provider/model`, as `prices` names it. */
  readonly model: string;
  readonly input: number;
  readonly output: number;
  readonly checked: boolean;
}

/** Known prices of models whose price the study file does not name, or names otherwise. */
export function otherPrices(plan: Plan, makers: ModelData): OtherPrice[] {
  const { prices } = plan.science;
  const known = makerRoles(plan).flatMap(({ provider, model, protocol }) =>
    (makers[protocol]?.prices ?? [])
      .filter((price) => price.model === model)
      .map(({ input, output, checked }) => ({ model: `${provider}/${model}`, input, output, checked })),
  );
  const others = known.filter(({ model, input, output }) => {
    const own = prices[model];
    return !own || own.input !== input || own.output !== output;
  });
  return [...new Map(others.map((price) => [price.model, price])).values()];
}
