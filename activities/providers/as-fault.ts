/** From what the clients of both protocols throw to a `ProviderFault`; whatever else was thrown stays as it is. */
import { FAILURES } from '../../contracts/failures.ts';
import { ConnectionFailure, ErrorAnswer, UnreadableAnswer } from './bounded-fetch.ts';
import { classify } from './classify.ts';
import { readErrorText } from './error-words.ts';
import { brokenEnvelope, ProviderFault, unreadable } from './provider-fault.ts';

export interface FaultPlace {
  readonly batch?: boolean;
  /** Of whoever asked: what ends by it is no fault of the provider. */
  readonly signal?: AbortSignal;
  /** Reads a body that may be a reply though its status is an error. */
  readonly readReply?: (body: unknown) => ProviderFault | undefined;
}

export function asFault(provider: string, thrown: unknown, place: FaultPlace = {}): unknown {
  const error = originOf(thrown);
  if (error instanceof ProviderFault) return error;
  if (error instanceof ErrorAnswer) return answerFault(provider, error, place);
  if (error instanceof UnreadableAnswer) return unreadable(provider, error.what, { abandoned: !error.foreign });
  if (error instanceof ConnectionFailure) return connectionFault(provider, error, place);
  const { name } = (error ?? {}) as { name?: unknown };
  if (typeof name === 'string' && GIVEN_UP.test(name)) return noAnswer(provider, place);
  return name === 'SyntaxError' || name === 'TypeError' ? brokenEnvelope(provider) : error;
}

/** The clients' errors have the name `Error`, and are told by their class. */
const GIVEN_UP = /^(?:AbortError|TimeoutError|APIConnectionTimeoutError|APIUserAbortError)$/;

/** The clients wrap what the fetch has thrown; of their own errors, those without a cause mean that they gave up. */
function originOf(thrown: unknown): unknown {
  let error = thrown;
  for (let depth = 0; depth < 5 && error instanceof Error && error.cause instanceof Error; depth += 1) {
    if (isOurs(error)) return error;
    error = error.cause;
  }
  if (isOurs(error) || !(thrown instanceof Error)) return error;
  const { name } = thrown.constructor;
  return /^API(?:Connection|ConnectionTimeout|UserAbort)Error$/.test(name) ? { name: 'AbortError' } : thrown;
}

const isOurs = (error: unknown): boolean =>
  [ProviderFault, ErrorAnswer, UnreadableAnswer, ConnectionFailure].some((kind) => error instanceof kind);

function answerFault(provider: string, { status, headers, text }: ErrorAnswer, place: FaultPlace): ProviderFault {
  const { words, body } = readErrorText(text);
  const reply = place.readReply?.(body);
  if (reply) return reply;
  const requestId = headers.get('x-request-id') ?? headers.get('request-id') ?? undefined;
  return classify(provider, { status, words, requestId, headers, batch: place.batch ?? false });
}

function connectionFault(provider: string, { code, unsent }: ConnectionFailure, { signal }: FaultPlace): ProviderFault {
  const named = code && /^\w{1,60}$/.test(code) ? ` (${code})` : '';
  if (unsent)
    return new ProviderFault(
      FAILURES.outage,
      `${provider}: no connection${named}, nothing was sent; check \`endpoint\``,
    );
  return new ProviderFault(FAILURES.outage, `${provider}: no answer: the connection broke${named}`, {
    abandoned: true,
    streak: signal?.aborted ? undefined : 'cut',
  });
}

/** Whether or not the provider has answered meanwhile, nobody knows. */
const noAnswer = (provider: string, { signal }: FaultPlace): ProviderFault =>
  new ProviderFault(FAILURES.outage, `${provider}: no answer: connection cut, or past its deadline`, {
    abandoned: true,
    streak: signal?.aborted ? undefined : 'deadline',
  });
