/** Hashes over canonical JSON (RFC 8785): the same value gives the same bytes on every machine. */
import { createHash } from 'node:crypto';
import canonicalize from 'canonicalize';

/** Canonical JSON: keys sorted, no blanks, shortest numbers. Throws on values that JSON cannot hold. */
export function canonicalJson(value: unknown): string {
  const text = canonicalize(value);
  if (text === undefined) throw new TypeError('only JSON values have a canonical form');
  return text;
}

/** SHA-256 of bytes or UTF-8 text, in lower-case hex. */
export const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

/** SHA-256 of the canonical JSON of a value, in lower-case hex. */
export const hashOf = (value: unknown): string => sha256(canonicalJson(value));
