/**
 * Faults that the lab makes on purpose. A transport fault is drawn from seed, body and how often the body was seen, so a
 * retry succeeds in the end. A content fault is drawn from the request alone, so asking again changes nothing.
 */
import { z } from 'zod';
import { cutReply, type ChatReply, type ChatRequest, countTokens, randomOf } from '../world/chat.ts';
import { makeRandom } from '../world/random.ts';

const share = z.number().min(0).max(1).default(0);

const most = z.int().positive().optional();

const withinOne = (shares: Readonly<Record<string, number>>): boolean =>
  Object.values(shares).reduce((sum, value) => sum + value, 0) <= 1 + 1e-9;

const transportSchema = z
  .strictObject({
    rateLimit: share.meta({ description: '429 with retry-after' }),
    quota: share.meta({ description: 'the account is empty: 429 insufficient_quota, or 402 billing_error' }),
    serverError: share.meta({ description: '500' }),
    overloaded: share.meta({ description: '503, or 529' }),
    slow: share.meta({ description: 'the reply comes late' }),
    hung: share.meta({ description: 'no byte ever comes' }),
    cut: share.meta({ description: 'the connection breaks in the middle of the body' }),
    brokenEnvelope: share.meta({ description: '200 with a body that is not JSON, or not the promised shape' }),
  })
  .refine(withinOne, 'the shares of transport faults must not sum to more than 1');

const contentSchema = z
  .strictObject({ refused: share, truncated: share, malformed: share })
  .refine(withinOne, 'the shares of content faults must not sum to more than 1');

const batchesSchema = z
  .strictObject({
    delaySeconds: z
      .tuple([z.number().min(0), z.number().min(0)])
      .refine(([least, most]) => least <= most, 'the first delay must not exceed the second')
      .default([0, 0])
      .meta({ description: 'how long items take, from and to; the second is also when a batch expires' }),
    expire: share.meta({ description: 'items that are never answered' }),
    fail: share.meta({ description: 'items that end in a server error' }),
    garbled: share.meta({ description: 'lines of results that are damaged, anew at each download' }),
    submitCut: share.meta({ description: 'the batch is accepted and the connection breaks before the answer' }),
    mostItems: most.meta({ description: 'of one batch; else as many as the real service takes' }),
    mostBytes: most.meta({ description: 'of one batch; else as many as the real service takes' }),
    queueTokens: most.meta({
      description: 'OpenAI: input tokens of a model in batches that have not ended; a batch beyond fails',
    }),
    queueItems: most.meta({
      description: 'Anthropic: requests in batches that have not ended; a batch beyond is refused by 429',
    }),
  })
  .refine(({ expire, fail }) => withinOne({ expire, fail }), 'expire and fail must not sum to more than 1');

export const faultsSchema = z.strictObject({
  seed: z.int().default(0),
  transport: transportSchema.prefault({}),
  content: contentSchema.prefault({}),
  batches: batchesSchema.prefault({}),
  models: z.array(z.string()).optional().meta({ description: 'the models that faults hit; without it, all' }),
  retryAfterSeconds: z.number().min(0).default(1),
  slowMilliseconds: z.int().min(0).default(2_000),
  latencyMilliseconds: z.int().min(0).default(0).meta({ description: 'how long every reply takes' }),
});
export type Faults = z.infer<typeof faultsSchema>;
export type FaultsInput = z.input<typeof faultsSchema>;

export type TransportFault = keyof Faults['transport'];
type ContentFault = keyof Faults['content'];

const REFUSAL = 'I am sorry, but I cannot help with that.';

/** The transport fault for a body that was seen `occurrence` times before; undefined for none. */
export function pickTransportFault(
  faults: Faults,
  { model, body, occurrence }: { model: string; body: string; occurrence: number },
): TransportFault | undefined {
  if (faults.models !== undefined && !faults.models.includes(model)) return undefined;
  return pickByShare(faults.transport, makeRandom(faults.seed, 'transport', body, occurrence).share());
}

/** A model's text as a reply, changed by the content fault of its request if there is one. */
export function spoilReply(faults: Faults, request: ChatRequest, text: string): ChatReply {
  if (faults.models !== undefined && !faults.models.includes(request.model)) return { end: 'complete', text };
  const fault: ContentFault | undefined = pickByShare(
    faults.content,
    randomOf(request, `content ${faults.seed}`).share(),
  );
  if (fault === 'refused') return { end: 'refused', text: REFUSAL };
  if (fault === 'truncated') return { end: 'truncated', text: cutReply(text, Math.floor(countTokens(text) / 2)) };
  if (fault === 'malformed') return { end: 'complete', text: spoilFormat(text) };
  return { end: 'complete', text };
}

/** Removes labels, tables and digits 0 and 1, so that neither an answer nor points can be read from the text. */
const spoilFormat = (text: string): string =>
  `Well, let me think. ${text
    .replace(/Answer:|Explanation:/g, '')
    .replace(/[|\n-]+/g, ' ')
    .replace(/\b[01]\b/g, '')
    .trim()}`;

function pickByShare<Name extends string>(shares: Readonly<Record<Name, number>>, at: number): Name | undefined {
  let sum = 0;
  return (Object.keys(shares) as Name[]).find((name) => (sum += shares[name]) > at);
}
