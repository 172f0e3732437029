/** The one place where what went wrong at a provider gets its name, for every protocol. */
import type { ModelReply } from '../../contracts/calls.ts';
import { FAILURES, type FailureType } from '../../contracts/failures.ts';
import {
  type ErrorWords,
  dateIn,
  isAboutItem,
  isAboutModel,
  isAccountLimit,
  isBeyondLimit,
  isDailyLimit,
  readErrorWords,
  turnedAwayBy,
} from './error-words.ts';
import { ProviderFault, unreadable, type TurnedAway } from './provider-fault.ts';
import { LONGEST_WAIT_MS, toldWait } from './told-wait.ts';

/** An answer that is an error. */
export interface ErrorView {
  readonly status: number;
  readonly words: ErrorWords;
  readonly requestId?: string | undefined;
  readonly headers?: Headers | undefined;
  /** The request was about a batch, so that "not found" does not speak of a model. */
  readonly batch?: boolean;
}

/** Names the failure: what to do about it follows from the name alone. */
export function classify(provider: string, error: ErrorView): ProviderFault {
  const { status, words } = error;
  const at = placeOf(provider, error);
  if (error.batch) {
    const turnedAway = turnedAwayBy(words, status);
    if (turnedAway) return asTurnedAway(at, turnedAway);
  }
  if (status >= 400 && status < 500 && !NEVER_ITEM.has(status) && isAboutItem(words))
    return refused(at, nameLike(words.code) ?? `status ${status}`);
  if (isAccountLimit(words, status) || status === 402) return accountLimit(at, words);
  if (status === 401 || status === 403 || status === 407)
    return new ProviderFault(
      FAILURES.auth,
      `${at}: the key is missing or not accepted; set the variable that \`apiKey\` names for the worker`,
    );
  if (status === 429) return rateLimit(at, error);
  return status < 400 || NEVER_WORKS.has(status)
    ? notServed(at, error)
    : (serverFault(at, error) ?? rejection(at, error));
}

/** Not implemented; a version of HTTP, or an extension of it, that the server does not speak. */
const NEVER_WORKS: ReadonlySet<number> = new Set([501, 505, 510]);

/** Whatever is asked of this address, it will say the same. */
function notServed(at: string, { status, headers }: ErrorView): ProviderFault {
  const leads = originOf(headers?.get('location'));
  const what =
    status < 400
      ? `the address leads elsewhere${leads ? `, to ${leads}` : ''}, and keys are not sent there`
      : 'the server cannot do this';
  return new ProviderFault(
    FAILURES.badRequest,
    `${at}: ${what}; name the address that answers as \`endpoint\` of the provider`,
    {
      streak: 'rejected',
      hold: true,
    },
  );
}

/** Without its path and its query, which may hold secrets. */
function originOf(location: string | null | undefined): string | undefined {
  const url = location && URL.canParse(location) ? new URL(location) : undefined;
  return url && /^https?:$/.test(url.protocol) ? url.origin : undefined;
}

/** Statuses that speak of a key, an account, a place or a moment. */
const NEVER_ITEM: ReadonlySet<number> = new Set([401, 402, 404, 407, 408, 409, 425, 429]);

/** Nothing of the batch was asked, so nothing is paid: it is submitted again, later or in parts. */
function asTurnedAway(at: string, turnedAway: TurnedAway): ProviderFault {
  const { why, tokens } = turnedAway;
  const room = tokens === undefined ? '' : `, which takes ${tokens.toLocaleString('en')} tokens`;
  return why === 'full'
    ? new ProviderFault(FAILURES.rateLimit, `${at}: the queue for batches is full${room}`, { turnedAway })
    : new ProviderFault(FAILURES.badRequest, `${at}: the batch is too large`, { turnedAway });
}

function placeOf(provider: string, { status, words, requestId }: ErrorView): string {
  const [code, id] = [nameLike(words.code), nameLike(requestId ?? words.requestId)];
  return `${provider}: status ${status}${code ? ` (${code})` : ''}${id ? `, request ${id}` : ''}`;
}

const NO_USAGE = { inputTokens: 0, outputTokens: 0 };

/** The provider turns this request away for what it says: its outcome, as a refusal of the model is. */
function refused(at: string, reason: string): ProviderFault {
  const outcome: ModelReply = { end: 'refused', text: '', servedModel: '', usage: NO_USAGE, reason };
  return new ProviderFault(FAILURES.badRequest, `${at}: the provider refused what was asked`, { outcome });
}

function accountLimit(at: string, words: ErrorWords): ProviderFault {
  const until = dateIn(words);
  const wait = until ? `; the provider lifts it on ${until}: wait until then, or raise it there` : '; raise it there';
  return new ProviderFault(FAILURES.quota, `${at}: the account's quota or limit at the provider is used up${wait}`);
}

function rateLimit(at: string, { headers, words }: ErrorView): ProviderFault {
  const retryAfter = toldWait(headers);
  const tooLong = retryAfter !== undefined && retryAfter > LONGEST_WAIT_MS;
  if (isBeyondLimit(words))
    return new ProviderFault(
      FAILURES.quota,
      `${at}: one request is larger than the account's limit for a minute, so that it never fits; raise the limit at the provider, or lower \`parameters.maxTokens\``,
    );
  if (!tooLong && !isDailyLimit(words))
    return new ProviderFault(FAILURES.rateLimit, `${at}: rate limit`, { retryAfter });
  const said = dateIn(words);
  const until = tooLong ? `, for another ${minutes(retryAfter)} as the provider says` : said ? `, until ${said}` : '';
  return new ProviderFault(
    FAILURES.quota,
    `${at}: the quota of the day is used up${until}; wait, or raise it at the provider`,
  );
}

/** What ends by itself. Undefined for another status. */
function serverFault(at: string, { status, headers }: ErrorView): ProviderFault | undefined {
  if (status >= 400 && status < 500 && ![408, 409, 425, 499].includes(status)) return undefined;
  const retryAfter = toldWait(headers);
  if (retryAfter !== undefined && retryAfter > LONGEST_WAIT_MS)
    return new ProviderFault(
      FAILURES.overload,
      `${at}: out of service, for another ${minutes(retryAfter)} as the provider says; wait, or ask the provider`,
      { hold: true },
    );
  if (status === 529 || status === 503)
    return new ProviderFault(FAILURES.overload, `${at}: overloaded`, { retryAfter });
  // These say that an answer did not come in time: it may have been written all the same.
  const abandoned = [408, 499, 504, 524].includes(status);
  const streak = abandoned ? 'gateway' : undefined;
  return new ProviderFault(FAILURES.outage, `${at}: server fault`, { abandoned, retryAfter, streak });
}

/** Nothing that is known to be about the item: a person must change the study file or the server, if it does not pass. */
function rejection(at: string, { status, words, batch }: ErrorView): ProviderFault {
  if (batch && (words.param === 'input_file_id' || /\bfile\b/i.test(words.message)))
    return new ProviderFault(FAILURES.badRequest, `${at}: the uploaded file is not known there`, { streak: 'file' });
  if ((status === 404 || status === 410) && batch)
    return new ProviderFault(FAILURES.badRequest, `${at}: no such batch, or no batches at this address`, {
      streak: 'absent',
    });
  if (status === 404 || status === 410) {
    const what = isAboutModel(words)
      ? 'the model is not served; `model` in the study file names another one, as a marked deviation'
      : 'nothing answers there; check `endpoint` of the provider in the study file, which mostly ends in /v1, and `model`';
    return new ProviderFault(FAILURES.modelGone, `${at}: ${what}`, { streak: 'absent' });
  }
  const parameter = nameLike(words.param);
  const named = parameter === undefined ? '' : `, for its parameter ${parameter}`;
  return new ProviderFault(FAILURES.badRequest, `${at}: the request was rejected${named}; ${remedyOf(parameter)}`, {
    streak: 'rejected',
  });
}

const KEYS: Readonly<Record<string, string>> = {
  seed: 'parameters.seed',
  temperature: 'parameters.temperature',
  top_p: 'parameters.topP',
  max_tokens: 'parameters.maxTokens',
  max_completion_tokens: 'parameters.maxTokens',
};

/** Which key of the study file changes what was rejected. */
function remedyOf(parameter: string | undefined): string {
  const key = KEYS[parameter?.split('.').at(-1) ?? ''];
  if (key) return `\`${key}: not sent\` of that role in the study file leaves it out`;
  if (parameter === 'model') return '`model` in the study file names another one, as a marked deviation';
  if (parameter?.startsWith('messages')) return '`prompt` of that role in the study file names another one';
  return 'check `endpoint`, `model` and `parameters` of that role in the study file, or ask the provider by the request id';
}

/** The statuses that stand for the names of errors where none comes with them: in results of batches, and with status 200. */
const STATUS_OF_TYPE: Readonly<Record<string, number>> = {
  invalid_request_error: 400,
  authentication_error: 401,
  billing_error: 402,
  permission_error: 403,
  not_found_error: 404,
  request_too_large: 413,
  rate_limit_error: 429,
  rate_limit_exceeded: 429,
  timeout_error: 504,
  overloaded_error: 529,
  api_error: 500,
  server_error: 500,
  internal_server_error: 500,
  service_unavailable: 503,
};

/** The statuses that stand for the codes by which a whole batch is refused after its submission (OpenAI). */
const STATUS_OF_CODE: Readonly<Record<string, number>> = {
  billing_hard_limit_reached: 402,
  model_not_found: 404,
  rate_limit_exceeded: 429,
  token_limit_exceeded: 429,
};

/** An error that came as a success (`{"error": ...}` with status 200), by its own code; nothing is paid for it. */
export function classifyErrorBody(provider: string, body: unknown): ProviderFault {
  const words = readErrorWords(body);
  const status = words.status ?? STATUS_OF_TYPE[words.code ?? ''];
  if (status !== undefined || isAccountLimit(words)) return classify(provider, { status: status ?? 429, words });
  if (isAboutItem(words)) return classify(provider, { status: 400, words });
  const code = nameLike(words.code);
  return unreadable(provider, `an error with status 200${code ? ` (${code})` : ''}`, { abandoned: false });
}

/** An item of a batch that was answered by an error: lacking, if asking again may bring its reply. */
export function classifyItem(
  provider: string,
  { status, body, requestId }: { status?: number | undefined; body: unknown; requestId?: string | undefined },
): { readonly fault: ProviderFault } | { readonly lacking: 'failed' } {
  const words = readErrorWords(body);
  const known = status ?? words.status ?? STATUS_OF_TYPE[words.code ?? ''] ?? 500;
  const fault = classify(provider, { status: known, words, requestId });
  const { badRequest, auth, quota, modelGone } = FAILURES;
  const lasting: readonly FailureType[] = [badRequest, auth, quota, modelGone];
  return lasting.includes(fault.type) ? { fault } : { lacking: 'failed' };
}

/** Why a provider refused a whole batch that it had accepted. */
export function classifyBatch(provider: string, error: unknown): ProviderFault {
  const words = readErrorWords(error ?? {});
  const seen = { status: STATUS_OF_CODE[words.code ?? ''] ?? 400, words };
  const turnedAway = turnedAwayBy(words, seen.status);
  return turnedAway ? asTurnedAway(placeOf(provider, seen), turnedAway) : classify(provider, seen);
}

/** A code or an id; whatever else stands in its place are the provider's words, which stay out. */
const nameLike = (text: string | undefined): string | undefined =>
  text !== undefined && /^[\w.:-]{1,80}$/.test(text) ? text : undefined;

/** Whole minutes, of a wait that may be longer than any number of them that a person reads. */
const minutes = (milliseconds: number): string =>
  milliseconds < 366 * 24 * 60 * 60_000 ? `${Math.ceil(milliseconds / 60_000)} minutes` : 'year or more';
