/** The one place where what went wrong at a provider gets its name, for both protocols. */
import { FAILURES, type FailureType } from '../../contracts/failures.ts';
import { LONGEST_WAIT_MS, toldWait } from './told-wait.ts';

interface FaultDetails {
  readonly retryAfter?: number | undefined;
  readonly ownWait?: number | undefined;
  readonly abandoned?: boolean;
  readonly hold?: boolean;
}

/** A request that brought no reply. The message is ours: providers' words and stacks stay out of histories (invariant 7). */
export class ProviderFault extends Error {
  override readonly name = 'ProviderFault';
  readonly type: FailureType;
  /** As the provider told us to wait, in milliseconds. It lengthens the backoff and never shortens it. */
  readonly retryAfter: number | undefined;
  /** As our own side knows when to try again, in milliseconds. Replaces the backoff. */
  readonly ownWait: number | undefined;
  /** The provider may have answered and charged: nobody knows. */
  readonly abandoned: boolean;
  /** Waiting does not help: the provider's work is held until a person has acted. */
  readonly hold: boolean;

  constructor(type: FailureType, message: string, details: FaultDetails = {}) {
    super(message);
    this.type = type;
    this.retryAfter = details.retryAfter;
    this.ownWait = details.ownWait;
    this.abandoned = details.abandoned ?? false;
    this.hold = details.hold ?? (type === FAILURES.auth || type === FAILURES.quota);
  }

  /** The same fault in other words. */
  withMessage(message: string): ProviderFault {
    return new ProviderFault(this.type, message, this);
  }
}

/** What both SDKs' API errors have in common. */
export interface ApiErrorView {
  readonly status: number | undefined;
  readonly code: string | undefined;
  readonly requestId: string | undefined;
  readonly headers: Headers | undefined;
  readonly connection: boolean;
  /** The request was about a batch, so that "not found" does not speak of a model. */
  readonly batch?: boolean;
}

const A_DAY = /per[-_]?day|daily/i;

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
  const retryAfter = toldWait(error.headers);
  const tooLong = retryAfter !== undefined && retryAfter > LONGEST_WAIT_MS;
  const forLong = tooLong ? `, for another ${minutes(retryAfter)} as the provider says` : '';
  if (status === 429 && (tooLong || A_DAY.test(code ?? '')))
    return new ProviderFault(
      FAILURES.quota,
      `${at}: the quota of the day is used up${forLong}; wait, or raise it at the provider`,
    );
  if (status === 429) return new ProviderFault(FAILURES.rateLimit, `${at}: rate limit`, { retryAfter });
  if (tooLong && (status >= 500 || status === 408 || status === 409))
    return new ProviderFault(FAILURES.overload, `${at}: out of service${forLong}; wait, or ask the provider`, {
      hold: true,
    });
  if (status === 529 || status === 503)
    return new ProviderFault(FAILURES.overload, `${at}: overloaded`, { retryAfter });
  if (status === 404 && error.batch)
    return new ProviderFault(FAILURES.badRequest, `${at}: no such batch, or no batches at this address`);
  if (status === 404)
    return new ProviderFault(
      FAILURES.modelGone,
      `${at}: the model is not served; name another one in the study file, as a marked deviation`,
    );
  if (status >= 500 || status === 408 || status === 409)
    return new ProviderFault(FAILURES.outage, `${at}: server fault`, {
      abandoned: status === 408 || status === 504,
      retryAfter,
    });
  return new ProviderFault(FAILURES.badRequest, `${at}: the request was rejected`);
}

/** The statuses that stand for the names of errors in the results of a batch, which carry no status (Anthropic). */
const STATUS_OF_TYPE: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  timeout_error: 504,
  overloaded_error: 529,
};

/** The statuses that stand for the codes by which a whole batch is refused after its submission (OpenAI). */
const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  billing_hard_limit_reached: 402,
  model_not_found: 404,
  rate_limit_exceeded: 429,
  token_limit_exceeded: 429,
};

/** An item of a batch that was answered by an error: lacking, if asking again may mend it. */
export function classifyItem(
  provider: string,
  {
    status,
    code,
    requestId,
  }: { status?: number | undefined; code?: string | undefined; requestId?: string | undefined },
): { readonly fault: ProviderFault } | { readonly lacking: 'failed' } {
  const known = status ?? STATUS_OF_TYPE[code ?? ''] ?? 500;
  const fault = classify(provider, { status: known, code, requestId, headers: undefined, connection: false });
  const { badRequest, auth, quota, modelGone } = FAILURES;
  const lasting: readonly FailureType[] = [badRequest, auth, quota, modelGone];
  return lasting.includes(fault.type) ? { fault } : { lacking: 'failed' };
}

/** Why a provider refused a whole batch that it had accepted. */
export const classifyBatch = (provider: string, code: string | undefined): ProviderFault =>
  classify(provider, {
    status: STATUS_OF_CODE[code ?? ''] ?? 400,
    code,
    requestId: undefined,
    headers: undefined,
    connection: false,
  });

/** A code or an id; whatever else stands in its place are the provider's words, which stay out. */
const nameLike = (text: string | undefined): string | undefined =>
  text !== undefined && /^[\w.:-]{1,80}$/.test(text) ? text : undefined;

/** Whole minutes, of a wait that may be longer than any number of them that a person reads. */
const minutes = (milliseconds: number): string =>
  milliseconds < 366 * 24 * 60 * 60_000 ? `${Math.ceil(milliseconds / 60_000)} minutes` : 'year or more';

/** An empty account also answers as an invalid request, told apart by its words alone. */
export const anthropicCode = (type: string | undefined, message: string): string | undefined =>
  type === 'invalid_request_error' && /credit balance/i.test(message) ? 'billing_error' : type;

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
