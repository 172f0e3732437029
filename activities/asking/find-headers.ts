/** The extra headers of a provider, with what the worker's environment has for those that are secret. */
import type { Access } from '../../contracts/asking.ts';
import { FAILURES } from '../../contracts/failures.ts';
import { ProviderFault } from '../providers/provider-fault.ts';

export interface FoundHeaders {
  readonly headers: Readonly<Record<string, string>>;
  /** The values that nobody may see. */
  readonly secrets: readonly string[];
}

/** Throws `ProviderFault` where the environment lacks one, or has a value that no header can carry. */
export function findHeaders(provider: string, { headers = {} }: Access, environment: NodeJS.ProcessEnv): FoundHeaders {
  const found = Object.entries(headers).map(([name, value]) =>
    typeof value === 'string'
      ? { name, value, secret: false }
      : { name, value: readSecret(environment, provider, { name, variable: value.env }), secret: true },
  );
  return {
    headers: Object.fromEntries(found.map(({ name, value }) => [name, value])),
    secrets: found.filter(({ secret }) => secret).map(({ value }) => value),
  };
}

function readSecret(
  environment: NodeJS.ProcessEnv,
  provider: string,
  { name, variable }: { readonly name: string; readonly variable: string },
): string {
  const value = environment[variable]?.trim();
  if (value && /^[\x20-\x7e]+$/.test(value)) return value;
  throw new ProviderFault(
    FAILURES.auth,
    `${provider}: the worker's environment has no usable ${variable}, which header ${name} needs; set it and start the worker again`,
  );
}
