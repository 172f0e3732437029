/** How many tokens the same text takes from one model to another. */
import type { Plan } from '../../contracts/plan.ts';
import type { ModelData } from '../../contracts/reference/model-data.ts';

/** Of `provider/model`: tokens for each one that four characters would make; 1 where nothing else is known. */
export type TokenFactor = (model: string) => number;

/** The tokenizer is the model's, wherever it is served. */
export const tokenFactors =
  ({ science }: Pick<Plan, 'science'>, makers: ModelData): TokenFactor =>
  (booked) => {
    const [provider = '', ...rest] = booked.split('/');
    const protocol = science.providers[provider]?.protocol;
    const known = protocol ? makers[protocol]?.tokens : undefined;
    return known?.find(({ models }) => new RegExp(models).test(rest.join('/')))?.factor ?? 1;
  };
