/** Refuses study files that contain an API key: it would get into plan, store and report (invariant 7). */
import { UserError } from '../../contracts/failures.ts';

/** Prefixes of the keys of well-known services, with which no name of a model or variable begins. */
const KEY_SHAPES =
  /\b(?:sk-(?=[\w-]*\d)(?=[\w-]*[A-Za-z]{2})[\w-]{16,}|hf_[A-Za-z0-9]{16,}|AIza[\w-]{30,}|(?:AKIA|ASIA)[A-Z0-9]{16}|gh[pousr]_[A-Za-z0-9]{20,}|xox[abp]-[\w-]{10,})/;
const VARIABLE = /^[A-Z][A-Z0-9_]*$/;
const PASSWORD_IN_URL = /:\/\/[^/?#\s]*:[^/?#\s]*@/;
/** Matches a URL with a user, or with a query or fragment, which might contain a key. */
const MORE_THAN_ADDRESS = /:\/\/(?:[^/?#\s]*@|\S*[?#])/;

type Path = readonly string[];

/** Throws a `UserError` that names the place but never quotes its value. */
export function refuseSecrets(value: unknown, file: string, at: Path = []): void {
  if (typeof value === 'string') return refuseText(value, file, at);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, child] of Object.entries(value)) {
    if (KEY_SHAPES.test(key)) throw found(file, [...at, '(a key)'], 'a name looks like a key');
    refuseSecrets(child, file, [...at, key]);
  }
}

function refuseText(text: string, file: string, at: Path): void {
  const name = at.at(-1);
  const isVariable = name === 'apiKey' || (name === 'env' && at.at(-3) === 'headers');
  if (isVariable && !VARIABLE.test(text)) throw found(file, at, 'it is not the name of an environment variable');
  if (name === 'endpoint' && MORE_THAN_ADDRESS.test(text))
    throw found(file, at, 'an endpoint must not contain a user, password or query');
  if (PASSWORD_IN_URL.test(text)) throw found(file, at, 'an address with a password');
  if (KEY_SHAPES.test(text)) throw found(file, at, 'it looks like a key');
}

const found = (file: string, at: Path, why: string): UserError =>
  new UserError(
    `${file}: ${at.join('.')}: ${why}; the value is not shown here.`,
    'Put the key into an environment variable and write the name of that, as in `apiKey: OPENAI_API_KEY`. If others can read this file, renew the key.',
  );
