/**
 * What both protocols' clients fetch with: what comes back is read whole, within a bound, and told apart before a client
 * makes an error of its own of it, which would drop the body, the cause and whether anything was sent at all.
 */

/** A status that is no success, with what came with it. */
export class ErrorAnswer extends Error {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;

  constructor({ status, headers }: Response, text: string) {
    super('the answer is an error');
    this.status = status;
    this.headers = headers;
    this.text = text;
  }
}

/** A success that is not JSON. `foreign`: it looks like no reply of a model at all, as a page of a proxy. */
export class UnreadableAnswer extends Error {
  readonly what: string;
  readonly foreign: boolean;

  constructor(what: string, foreign: boolean) {
    super('the answer is not JSON');
    this.what = what;
    this.foreign = foreign;
  }
}

/** The connection failed. `unsent`: before the request could leave, so that nobody can have answered it. */
export class ConnectionFailure extends Error {
  readonly code: string | undefined;
  readonly unsent: boolean;

  constructor(code: string | undefined) {
    super('no connection');
    this.code = code;
    this.unsent = UNSENT.test(code ?? '');
  }
}

/** No name, no route, nobody listening, no agreement on encryption. */
const UNSENT =
  /^(?:ECONNREFUSED|ENOTFOUND|EAI_\w+|EHOSTUNREACH|ENETUNREACH|EHOSTDOWN|UND_ERR_CONNECT_TIMEOUT|CERT_\w+|ERR_TLS_\w+|ERR_SSL_\w+|UNABLE_TO_\w+|SELF_SIGNED_\w+|DEPTH_ZERO_\w+|ERR_INVALID_URL)$/;

/** Far beyond the longest reply that any model writes; an endless one would fill the memory. */
const MOST_BYTES = 16 * 2 ** 20;
const MOST_ERROR_BYTES = 2 ** 20;
/** Results of batches: read line by line, each bounded, by whoever asked for them. */
const DOWNLOAD = /\/(?:files\/[^/]+\/content|batches\/[^/]+\/results)$/;

export async function boundedFetch(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  // Followed, a redirect would take the key and the request along to wherever it leads.
  const response = await fetch(input, { ...init, redirect: 'manual' }).catch((error: unknown) => {
    throw asConnectionFailure(error);
  });
  const { pathname } = new URL(input instanceof Request ? input.url : input);
  if (response.ok && DOWNLOAD.test(pathname)) return response;
  const text = await readBounded(response, response.ok ? MOST_BYTES : MOST_ERROR_BYTES);
  if (!response.ok) throw new ErrorAnswer(response, text ?? '');
  if (text === undefined) throw new UnreadableAnswer(`longer than ${MOST_BYTES / 2 ** 20} MB`, false);
  requireJson(text);
  const headers = new Headers({ 'content-type': 'application/json' });
  for (const name of ['x-request-id', 'request-id']) {
    const value = response.headers.get(name);
    if (value) headers.set(name, value);
  }
  return new Response(text, { headers });
}

/** Undefined when there is more than the bound. */
async function readBounded({ body }: Response, most: number): Promise<string | undefined> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of (body ?? []) as AsyncIterable<Uint8Array>) {
      size += chunk.length;
      if (size > most) return undefined;
      chunks.push(chunk);
    }
  } catch (error) {
    throw asConnectionFailure(error);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

/** Half of a reply was written by a model, and is paid for; a page was not. */
function requireJson(text: string): void {
  try {
    JSON.parse(text);
  } catch {
    const opening = text.trimStart();
    if (opening === '') throw new UnreadableAnswer('empty', false);
    if (/^(?:[{["]|data:|event:)/.test(opening)) throw new UnreadableAnswer('no whole JSON', false);
    throw new UnreadableAnswer(opening.startsWith('<') ? 'a web page, as of a proxy' : 'plain text', true);
  }
}

/** An abort stays what it is: the clients tell by it who has given up. */
function asConnectionFailure(error: unknown): unknown {
  const { name } = (error ?? {}) as { name?: unknown };
  if (name === 'AbortError' || name === 'TimeoutError') return error;
  return new ConnectionFailure(codeIn(error));
}

function codeIn(error: unknown): string | undefined {
  const { code, cause, errors } = (error ?? {}) as { code?: unknown; cause?: unknown; errors?: unknown };
  if (typeof code === 'string') return code;
  // Every address of a name was tried, each with its own failure.
  if (Array.isArray(errors) && errors.length > 0) return codeIn(errors[0]);
  return cause === undefined ? undefined : codeIn(cause);
}
