/** The one place where what went wrong at a provider gets its name, for both protocols. */
import { FAILURES, type FailureType } from '../../contracts/failures.ts';

/** A request that brought no reply. The message is ours: providers' words and stacks stay out of histories (invariant 7). */
export class ProviderFault extends Error {
  override readonly name = 'ProviderFault';
  readonly type: FailureType;
  /** As the provider told us to wait, in milliseconds. */
  readonly retryAfter: number | undefined;
  /** The provider may have answered and charged: nobody knows. */
  readonly abandoned: boolean;

  constructor(
    type: FailureType,
    message: string,
    { retryAfter, abandoned = false }: { retryAfter?: number | undefined; abandoned?: boolean } = {},
  ) {
    super(message);
    this.type = type;
    this.retryAfter = retryAfter;
    this.abandoned = abandoned;
  }
}

/** What both SDKs' API errors have in common. */
export interface ApiErrorView {
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly requestId: string | undefined;
  readonly headers: Headers | undefined;
  readonly connection: boolean;
}

/** Names the failure: what to do about it follows from the name alone. */
export function classify(provider: string, error: ApiErrorView): ProviderFault {
  const { status } = error;
  const code = nameLike(error.code);
  const requestId = nameLike(error.requestId);
  const at = `${provider}: ${status === undefined ? 'no answer' : `status ${status}`}${code ? ` (${code})` : ''}${requestId ? `, request ${requestId}` : ''}`;
  if (error.connection || status === undefined)
    return new ProviderFault(FAILURES.outage, `${at}: connection cut, refused or past its deadline`, {
      abandoned: true,
    });
  if (status === 401 || status === 403)
    return new ProviderFault(
      FAILURES.auth,
      `${at}: the key is missing or not accepted; set the variable that \`apiKey\` names for the worker`,
    );
  if (code === 'insufficient_quota' || code === 'billing_error' || status === 402)
    return new ProviderFault(FAILURES.quota, `${at}: the account's quota is used up; raise it at the provider`);
  if (status === 429)
    return new ProviderFault(FAILURES.rateLimit, `${at}: rate limit`, { retryAfter: retryAfterOf(error.headers) });
  if (status === 529 || status === 503)
    return new ProviderFault(FAILURES.overload, `${at}: overloaded`, { retryAfter: retryAfterOf(error.headers) });
  if (status === 404)
    return new ProviderFault(
      FAILURES.modelGone,
      `${at}: the model is not served; name another one in the study file, as a marked deviation`,
    );
  if (status >= 500 || status === 408 || status === 409)
    return new ProviderFault(FAILURES.outage, `${at}: server fault`, { abandoned: status === 408 || status === 504 });
  return new ProviderFault(FAILURES.badRequest, `${at}: the request was rejected`);
}

/** A code or an id; whatever else stands in its place are the provider's words, which stay out. */
const nameLike = (text: string | undefined): string | undefined =>
  text !== undefined && /^[\w.:-]{1,80}$/.test(text) ? text : undefined;

/** `retry-after-ms`, or `retry-after` in seconds or as a date; in milliseconds. */
export function retryAfterOf(headers: Headers | undefined, now = Date.now()): number | undefined {
  const milliseconds = Number(headers?.get('retry-after-ms') ?? Number.NaN);
  if (Number.isFinite(milliseconds)) return Math.max(0, milliseconds);
  const text = headers?.get('retry-after');
  if (!text) return undefined;
  const seconds = Number(text);
  const wait = Number.isFinite(seconds) ? seconds * 1000 : Date.parse(text) - now;
  return Number.isFinite(wait) ? Math.max(0, wait) : undefined;
}

const NO_ANSWER: ApiErrorView = {
  status: undefined,
  code: undefined,
  requestId: undefined,
  headers: undefined,
  connection: true,
};

export const noAnswer = (provider: string): ProviderFault => classify(provider, NO_ANSWER);

/** What goes wrong while a body is read: it came too late, broke off, or is not what was promised. */
export function bodyFault(provider: string, error: unknown): unknown {
  const { name } = (error ?? {}) as { name?: unknown };
  if (name === 'AbortError' || name === 'TimeoutError') return noAnswer(provider);
  return name === 'SyntaxError' || name === 'TypeError' ? brokenEnvelope(provider) : error;
}

export const brokenEnvelope = (provider: string): ProviderFault =>
  new ProviderFault(FAILURES.outage, `${provider}: the reply's envelope is broken`, { abandoned: true });

/** A number of tokens: what is paid for must be known. */
export const isCount = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= 0;

/** The clients' own time-out ends with the headers: a body that hangs would be waited for far beyond the claim. */
export const withDeadline = (signal: AbortSignal, milliseconds: number): AbortSignal =>
  AbortSignal.any([signal, AbortSignal.timeout(milliseconds)]);
