/** The quota that the lab's servers report in their headers. It is counted, not enforced. */

export interface QuotaWindow {
  minute: number;
  requests: number;
  tokens: number;
}

export interface Quota {
  readonly requestsLimit: number;
  readonly requestsRemaining: number;
  readonly tokensLimit: number;
  readonly tokensRemaining: number;
  /** When the window ends, in milliseconds since 1970. */
  readonly reset: number;
}

const REQUESTS_PER_MINUTE = 100_000;
const TOKENS_PER_MINUTE = 20_000_000;
const MINUTE = 60_000;

/** Counts one request in the current minute and returns the quota for the headers of its answer. */
export function countRequest(window: QuotaWindow, tokens: number): Quota {
  const minute = Math.floor(Date.now() / MINUTE);
  if (minute !== window.minute) Object.assign(window, { minute, requests: 0, tokens: 0 });
  window.requests += 1;
  window.tokens += tokens;
  return {
    requestsLimit: REQUESTS_PER_MINUTE,
    requestsRemaining: Math.max(0, REQUESTS_PER_MINUTE - window.requests),
    tokensLimit: TOKENS_PER_MINUTE,
    tokensRemaining: Math.max(0, TOKENS_PER_MINUTE - window.tokens),
    reset: (minute + 1) * MINUTE,
  };
}
