/** How models are asked: how their replies are sampled, who answers, and what is sent beside the request itself. */
import { z } from 'zod';
import { PROTOCOL_NAMES } from './protocols.ts';

const positive = z.int().positive();

/** A parameter that is left out of the request, so that the provider's own default applies. */
export const NOT_SENT = 'not sent';
const orNotSent = <T extends z.ZodType>(schema: T) => z.union([schema, z.literal(NOT_SENT)]);

/** From the least to the most. A model takes some of them: `catalogs/models/` says which. */
export const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;
export type Effort = (typeof EFFORTS)[number];

/** What Anthropic's protocol takes at least. */
const LEAST_BUDGET = 1024;

/**
 * How replies are sampled; tokens are the provider's. The last three are absent unless a study names them, so that the keys of
 * requests without them stay what they were.
 */
export const parametersSchema = z.strictObject({
  maxTokens: orNotSent(positive).meta({
    description: 'limit of a reply, thoughts included; one that is cut there counts as truncated',
  }),
  temperature: orNotSent(z.number().min(0).max(2))
    .default(NOT_SENT)
    .meta({ description: 'sampling temperature; 0 takes the likeliest token' }),
  topP: orNotSent(z.number().gt(0).max(1))
    .default(NOT_SENT)
    .meta({ description: 'share of the likeliest tokens that is drawn from' }),
  seed: z
    .enum(['sent', NOT_SENT])
    .default('sent')
    .meta({ description: 'whether a seed derived from the request is sent; only with the OpenAI protocol' }),
  reasoningEffort: z
    .enum(EFFORTS)
    .optional()
    .meta({ description: "how much the model is to think; Anthropic's takes `low` to `max`. Not for students" }),
  thinking: z
    .union([
      z.enum(['adaptive', 'off']),
      z.strictObject({ budget: z.int().min(LEAST_BUDGET).meta({ description: 'tokens of thoughts at most' }) }),
    ])
    .optional()
    .meta({
      description:
        'as the model decides, not at all, or up to `budget` tokens (from 1024); only with the Anthropic protocol',
    }),
  verbosity: z
    .enum(['low', 'medium', 'high'])
    .optional()
    .meta({ description: 'how long replies are to be; only with the OpenAI protocol. Not for students' }),
});
export type Parameters = z.infer<typeof parametersSchema>;

const address = z.url({ protocol: /^https?$/, error: 'an address is http:// or https://' });
const variable = z.string().regex(/^[A-Z][A-Z0-9_]*$/, 'name of an environment variable, never the key itself');
const headerName = z
  .string()
  .regex(/^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$/, 'a header is named by letters, digits and hyphens');
const headerValue = z.string().regex(/^[\x20-\x7e]{0,1000}$/, 'a header has one line of plain ASCII');
const name = z.string().regex(/^[\x21-\x7e]{1,200}$/, 'is one word of plain ASCII');

/** Each of these changes how a request gets to its model and none what the model writes: no request key, no plan has them. */
const accessShape = {
  headers: z
    .record(
      headerName,
      z.union([
        headerValue,
        z.strictObject({
          env: variable.meta({ description: 'name of the environment variable that holds the value' }),
        }),
      ]),
    )
    .optional()
    .meta({
      description:
        'sent with every request, as `{x-team: skills, api-key: {env: GATEWAY_KEY}}`: secrets by environment variable',
    }),
  organisation: name.optional().meta({ description: 'that is charged; only with the OpenAI protocol' }),
  project: name.optional().meta({ description: 'that is charged; only with the OpenAI protocol' }),
  serviceTier: z.enum(['auto', 'default', 'flex', 'scale', 'priority', 'standard_only']).optional().meta({
    description: '`auto` or `standard_only` of Anthropic, the others of OpenAI; `prices` must be those of the tier',
  }),
  servedAs: z.record(z.string().min(1), name).optional().meta({
    description:
      'by model: the name that is sent where it differs, as a deployment of Azure, an alias of LiteLLM or a snapshot',
  }),
  tokenLimit: z.enum(['max_tokens', 'max_completion_tokens']).optional().meta({
    description: "name of the limit in requests; `max_completion_tokens` for OpenAI's own address, else `max_tokens`",
  }),
} as const;

export const accessSchema = z.strictObject(accessShape);
/** How a provider is asked beside its address. Values of headers that are secret are named, never held. */
export type Access = z.infer<typeof accessSchema>;
export const ACCESS_KEYS = Object.keys(accessShape) as readonly (keyof Access)[];

const placeShape = {
  protocol: z
    .enum(PROTOCOL_NAMES)
    .meta({ description: 'what the server speaks; `openai` is chat completions, as vLLM and others serve them' }),
  endpoint: z
    .union([z.literal('default'), z.literal('lab'), address])
    .default('default')
    .meta({ description: "`default`: the provider's own address; `lab`: the lab servers of the home; or a base URL" }),
  apiKey: variable
    .optional()
    .meta({ description: 'name of the environment variable that holds the key; needed unless `endpoint: lab`' }),
} as const;

export const providerSchema = z.strictObject({ ...placeShape, ...accessShape });
/** As the study file has it. */
export type Provider = z.infer<typeof providerSchema>;
/** As the plan has it. */
export type ProviderPlace = Omit<Provider, keyof Access>;
