/** What is known of makers' models on a certain day, read from `catalogs/models/`; no part of any plan. */
import { z } from 'zod';
import { PROTOCOL_NAMES, type Protocol } from '../protocols.ts';

const isRegularExpression = (pattern: string): boolean => {
  try {
    return Boolean(new RegExp(pattern));
  } catch {
    return false;
  }
};

const date = z.iso.date();
const models = z.string().min(1).refine(isRegularExpression, 'is no regular expression');
const sampling = z.array(z.enum(['temperature', 'topP'])).min(1);

export const makerDataSchema = z.strictObject({
  protocol: z.enum(PROTOCOL_NAMES),
  asOf: date,
  retired: z.array(z.strictObject({ model: z.string().min(1), since: date })).default([]),
  refusals: z
    .array(
      z.union([
        // Accepted at their default, 1, and at no other value.
        z.strictObject({ models, onlyDefault: sampling }),
        z.strictObject({ models, notTogether: sampling.min(2) }),
      ]),
    )
    .default([]),
  tokens: z.array(z.strictObject({ models, factor: z.number().positive() })).default([]),
  prices: z
    .array(
      z.strictObject({
        model: z.string().min(1),
        input: z.number().nonnegative(),
        output: z.number().nonnegative(),
        source: z.string().min(1),
        checked: z.boolean(),
      }),
    )
    .default([]),
});
export type MakerData = z.infer<typeof makerDataSchema>;

/** By the protocol that the maker's own address speaks. */
export type ModelData = Readonly<Partial<Record<Protocol, MakerData>>>;
