/**
 * How much of what a provider allows in a minute is sent, in ten minutes of simulated time, by the buckets that pace real
 * requests: `node --import tsx bench/paced-throughput.ts`. The simulated provider counts each sliding minute, and refuses
 * what goes over. Requests take tokens for their longest reply, and give back what the reply did not use.
 */
import { uniformInt } from 'pure-rand/distribution/uniformInt';
import { randomStream } from '../domain/basics/random.ts';
import { fill, waitFor, type Bucket } from '../domain/run/fill-bucket.ts';

const [REQUESTS, TOKENS] = [600, 200_000];
const MINUTE_MS = 60_000;
const END_MS = 10 * MINUTE_MS;
const REPLY_MS = 2_000;

interface Sent {
  readonly at: number;
  readonly tokens: number;
}

/** `most`: tokens that a request may take; it uses between `least` and all of them. */
function simulate({ least, most }: { readonly least: number; readonly most: number }) {
  const stream = randomStream(1, 'paced', least, most);
  const [sent, replies]: [Sent[], Sent[]] = [[], []];
  let requests: Bucket | undefined;
  let tokens: Bucket | undefined;
  let [first, refused] = [0, 0];
  for (let now = 0; now < END_MS;) {
    while (replies[0] && replies[0].at <= now) {
      const { at, tokens: unused } = replies.shift()!;
      tokens = { level: fill(tokens, TOKENS, at) + unused, at };
    }
    const levels = { requests: fill(requests, REQUESTS, now), tokens: fill(tokens, TOKENS, now) };
    const wait = Math.max(waitFor(levels.requests, 1, REQUESTS), waitFor(levels.tokens, most, TOKENS));
    if (wait > 0) {
      now = Math.min(now + wait, replies[0]?.at ?? Number.POSITIVE_INFINITY);
      continue;
    }
    requests = { level: levels.requests - 1, at: now };
    tokens = { level: levels.tokens - most, at: now };
    const used = uniformInt(stream, least, most);
    while (sent[first] && sent[first]!.at <= now - MINUTE_MS) first += 1;
    const inMinute = sent.slice(first);
    const usedInMinute = inMinute.reduce((sum, { tokens: of }) => sum + of, 0);
    if (inMinute.length >= REQUESTS || usedInMinute + used > TOKENS) refused += 1;
    else sent.push({ at: now, tokens: used });
    replies.push({ at: now + REPLY_MS, tokens: most - used });
  }
  const usedInAll = sent.reduce((sum, { tokens: of }) => sum + of, 0);
  const share = (of: number, allowed: number) => `${((100 * of) / (allowed * (END_MS / MINUTE_MS))).toFixed(1)} %`;
  return {
    least,
    most,
    requests: share(sent.length, REQUESTS),
    tokens: share(usedInAll, TOKENS),
    refused: `${((100 * refused) / (sent.length + refused)).toFixed(2)} %`,
  };
}

console.table([
  simulate({ least: 100, most: 300 }),
  simulate({ least: 400, most: 400 }),
  simulate({ least: 300, most: 600 }),
  simulate({ least: 100, most: 1_500 }),
]);
