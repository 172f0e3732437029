/**
 * What the body of an error says, whatever its shape, and what it is about: told by its code, or by its words where services
 * give no code of their own. The provider's words are read, never passed on.
 */
import type { TurnedAway } from './provider-fault.ts';
import { fieldsOf, type Fields } from './reply-parts.ts';

export interface ErrorWords {
  readonly code: string | undefined;
  /** The parameter of the request that is wrong, as the protocol names it. */
  readonly param: string | undefined;
  /** In the provider's words: for matching only. */
  readonly message: string;
  /** A status that the body itself names, as where an error comes with status 200. */
  readonly status: number | undefined;
  /** The request that was answered by the error, as the body names it. */
  readonly requestId: string | undefined;
  /** Not JSON: a page or a line of whatever stands between us and the provider. */
  readonly isForeign?: boolean;
}

const NOTHING: ErrorWords = { code: undefined, param: undefined, message: '', status: undefined, requestId: undefined };

export function readErrorText(text: string): { readonly words: ErrorWords; readonly body: unknown } {
  try {
    const body: unknown = JSON.parse(text);
    return { words: readErrorWords(body), body };
  } catch {
    return { words: { ...NOTHING, message: cut(text), isForeign: true }, body: undefined };
  }
}

const MOST_WORDS = 4_000;

/** OpenAI's and Anthropic's `error`, FastAPI's `detail`, Azure's `innererror`, lists around any of them, or bare fields. */
export function readErrorWords(body: unknown): ErrorWords {
  const outer = fieldsOf(Array.isArray(body) ? body[0] : body);
  if (typeof outer['error'] === 'string') return { ...NOTHING, ...fromDetail(outer), message: cut(outer['error']) };
  const error = outer['error'] === undefined || outer['error'] === null ? outer : fieldsOf(outer['error']);
  const detail = fromDetail(outer);
  const details = fieldsOf(error['details']);
  const inner = fieldsOf(error['innererror'] ?? error['inner_error']);
  const codes = [details['error_code'], inner['code'], error['code'], error['type'], error['status'], detail.code];
  const message = [error['message'], detail.message, fieldsOf(error['metadata'])['raw']].find(isText) ?? '';
  return {
    code: codes.find((code) => isText(code) && !/^\d+$/.test(code)) as string | undefined,
    param: isText(error['param']) ? error['param'] : (detail.param ?? paramIn(message)),
    message: cut(message),
    status: [error['code'], error['status'], error['status_code'], outer['status']].map(statusIn).find(Boolean),
    requestId: isText(outer['request_id']) ? outer['request_id'] : undefined,
  };
}

/** `{"detail": [{"type": "extra_forbidden", "loc": ["body", "seed"], "msg": "..."}]}`, or `{"detail": "..."}`. */
function fromDetail({ detail }: Fields): Partial<Pick<ErrorWords, 'code' | 'param' | 'message'>> {
  if (isText(detail)) return { message: detail };
  const first = fieldsOf(Array.isArray(detail) ? detail[0] : detail);
  const place: unknown = Array.isArray(first['loc'])
    ? first['loc'].find((part) => isText(part) && !/^(?:body|query|header|path)$/.test(part))
    : undefined;
  return {
    ...(isText(first['type']) ? { code: first['type'] } : {}),
    ...(isText(place) ? { param: place } : {}),
    ...(isText(first['msg']) ? { message: first['msg'] } : {}),
  };
}

/** The parameters that are ever sent. */
const SENT = /['"`]?\b(max_completion_tokens|max_tokens|temperature|top_p|seed|metadata)\b['"`]?/;

const paramIn = (message: string): string | undefined => SENT.exec(message)?.[1];

const cut = (text: string): string => text.slice(0, MOST_WORDS);
const isText = (value: unknown): value is string => typeof value === 'string' && value !== '';

function statusIn(value: unknown): number | undefined {
  const status = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
  return typeof status === 'number' && Number.isInteger(status) && status >= 400 && status < 600 ? status : undefined;
}

/** Known to be about what was asked or answered, and the same however often it is asked. */
const ITEM_CODES =
  /content_?filter|content_?policy|policy_?violation|responsible_?ai|moderation|safety_|_safety|flagged|invalid_prompt|context_?length_exceeded|context_?window|prompt_too_long|request_too_large|data_inspection/i;
const ITEM_WORDS =
  /prompt is too long|maximum context length|context window|too long a string|string too long|input is too long|content (?:management |filtering |usage )?polic|usage polic|moderation|was (?:flagged|filtered|blocked)|flagged (?:as|for|by)|safety system|responsible ai/i;
/** Words about those who ask, not about what they ask. */
const ACCOUNT_WORDS = /\b(?:account|organi[sz]ation|workspace|project|api key|billing)\b/i;
/** Those who ask are turned away, whatever the code names as the reason. */
const ACCOUNT_CODES = /account|organi[sz]ation/i;
const ACCOUNT_CLOSED =
  /\b(?:account|organi[sz]ation|api key) (?:has been|was|is) (?:\w+ )?(?:flagged|suspended|restricted|blocked|disabled|deactivated)/i;
/** Whoever filters is out of order, or filters addresses. */
const FILTER_FAULT = /temporarily|unavailable|timed out|firewall|\bip address/i;
const TOO_LONG_CODES = /string_above_max_length|string_too_long/i;
/** The parameters that carry the item. */
const ITEM_PARAMETERS = /^(?:messages|prompt|input|system|contents?)\b/;
/** What does not fit there does not fit however short the item is. */
const OTHER_PARAMETERS = /^(?:max_(?:completion_)?tokens|temperature|top_p|seed)$/;

/** The limit of a reply alone fills the window of the model: no item would fit. */
function isLimitTooLarge(message: string): boolean {
  const [, window, completion] = /context length (?:is|of) (\d+).{0,120}?(\d+) in the completion/is.exec(message) ?? [];
  return window !== undefined && completion !== undefined && Number(completion) >= Number(window);
}

export function isAboutItem({ code = '', message, param, isForeign = false }: ErrorWords): boolean {
  if (isForeign || isLimitTooLarge(message)) return false;
  if (ACCOUNT_CODES.test(code) || FILTER_FAULT.test(code) || ACCOUNT_CLOSED.test(message)) return false;
  // A name or a mark of ours that is too long is too long for every item.
  if (TOO_LONG_CODES.test(code)) return param === undefined || ITEM_PARAMETERS.test(param);
  if (ITEM_CODES.test(code)) return true;
  if (OTHER_PARAMETERS.test(param ?? '')) return false;
  return ITEM_WORDS.test(message) && !ACCOUNT_WORDS.test(message) && !FILTER_FAULT.test(message);
}

const LIMIT_CODES =
  /insufficient_quota|insufficient_(?:balance|funds|credits)|quota_exceeded|billing|spend_?limit|usage_limit|credit|on_hold|account_deactivated|organization_(?:disabled|deactivated)|payment_required|access_terminated/i;
const LIMIT_WORDS =
  /usage limits|credit balance|spend(?:ing)? limit|billing|account is not active|(?:organi[sz]ation|account) (?:has been|is|was) (?:disabled|deactivated|suspended|on hold)|insufficient (?:balance|funds|credits|quota)|on hold/i;

/** OpenAI ends what it says of a limit of a minute by an address of its pages on billing. */
const ADDRESSES = /\b(?:https?:\/\/|www\.)\S+/gi;

/**
 * The account has come to a limit of its own: time or a person must lift it. An outage says so by its code alone: its words
 * may speak of anything.
 */
export const isAccountLimit = ({ code = '', message }: ErrorWords, status = 400): boolean =>
  LIMIT_CODES.test(code) || (status < 500 && LIMIT_WORDS.test(message.replaceAll(ADDRESSES, '')));

const A_DAY = /per[-_ ]?day|daily|\b(?:RPD|TPD)\b/i;
export const isDailyLimit = ({ code = '', message }: ErrorWords): boolean => A_DAY.test(code) || A_DAY.test(message);

/** A limit of a minute that the request alone exceeds: it would wait for ever. */
export function isBeyondLimit({ message }: ErrorWords): boolean {
  const [, limit, requested] = /limit:? ([\d,]+)\b.{0,60}?requested:? ([\d,]+)/i.exec(message) ?? [];
  if (limit !== undefined && requested !== undefined) return numberOf(requested) > numberOf(limit);
  return /request too large|must be reduced/i.test(message);
}

const numberOf = (digits: string): number => Number(digits.replaceAll(',', ''));

/** When a limit ends, as far as the provider says: digits, no words of its. */
export function dateIn({ message }: ErrorWords): string | undefined {
  const [, date, time, utc] =
    /\b(\d{4}-\d{2}-\d{2})(?:(?: at |T| )(\d{2}:\d{2})(?::\d{2}(?:\.\d+)?)?)?( ?UTC|Z)?/.exec(message) ?? [];
  return date && [date, time && `at ${time}`, utc && 'UTC'].filter(Boolean).join(' ');
}

/** No such model, as against nothing at that address. */
export const isAboutModel = ({ code = '', message, param }: ErrorWords): boolean =>
  param === 'model' || /model/i.test(code) || /\bmodel\b/i.test(message);

const QUEUE_FULL =
  /token_limit_exceeded|enqueued[_ ]tokens?|(?:batch|queue)[\w ]{0,40}(?:is full|limit (?:reached|exceeded))/i;
const TOO_LARGE =
  /too_many_(?:requests_in_batch|tasks|lines)|file_size|(?:file|batch|request) is too large|too many (?:requests|lines|tasks) in|at most \d+ items/i;

/** A batch that was turned away as a whole, as OpenAI does by a code of the batch and Anthropic by a status. */
export function turnedAwayBy({ code = '', message }: ErrorWords, status: number): TurnedAway | undefined {
  const said = `${code} ${message}`;
  if (QUEUE_FULL.test(said)) {
    const [, limit] = /limit:? ([\d,]+) enqueued/i.exec(message) ?? [];
    return { why: 'full', tokens: limit === undefined ? undefined : numberOf(limit) };
  }
  return status === 413 || TOO_LARGE.test(said) ? { why: 'large' } : undefined;
}
