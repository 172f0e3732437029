/** Settings of the connection to a Temporal server. Secrets stay in the environment and in Temporal's own files. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { loadClientConfigProfile, toClientOptions, type ClientConfigProfile } from '@temporalio/envconfig';
import { UserError } from '../../contracts/failures.ts';

export interface ServerPlace {
  /** host:port of the gRPC frontend. */
  readonly address: string;
  readonly namespace: string;
  /** Whether a person named the server; false for the home's own, to which settings of other servers must not apply. */
  readonly shared: boolean;
}

/** The value of `ETUDE_TEMPORAL_ADDRESS` that takes address and namespace from Temporal's own settings. */
const BY_PROFILE = 'profile';
const ADDRESS = /^(\[[0-9a-f:]+\]|[\w.-]+):\d{1,5}$/i;
/** Variables of Temporal that name files; processes with another working folder need them as absolute paths. */
const FILE_VARIABLES = [
  'TEMPORAL_CONFIG_FILE',
  'TEMPORAL_TLS_CLIENT_CERT_PATH',
  'TEMPORAL_TLS_CLIENT_KEY_PATH',
  'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
] as const;

/** Reads `ETUDE_TEMPORAL_ADDRESS` and `ETUDE_TEMPORAL_NAMESPACE`; undefined when the home starts its own server. */
export function readSharedServer(env: NodeJS.ProcessEnv = process.env): ServerPlace | undefined {
  const named = env['ETUDE_TEMPORAL_ADDRESS']?.trim();
  if (!named) return undefined;
  const profile = readProfile(env);
  const address = named === BY_PROFILE ? profile.address : named;
  if (address === undefined)
    throw new UserError(
      "ETUDE_TEMPORAL_ADDRESS is `profile`, and Temporal's settings name no address.",
      'Set TEMPORAL_ADDRESS, or choose a profile that has an address with TEMPORAL_PROFILE.',
    );
  if (!ADDRESS.test(address))
    throw new UserError(
      `${named === BY_PROFILE ? "The address of Temporal's settings" : 'ETUDE_TEMPORAL_ADDRESS'} is not the address of a Temporal server.`,
      'Write host:port, as 127.0.0.1:7233, or unset it: then the home starts a server of its own.',
    );
  const itsNamespace = profile.address === address ? profile.namespace : undefined;
  const namespace = env['ETUDE_TEMPORAL_NAMESPACE']?.trim() || itsNamespace || 'default';
  return { address, namespace, shared: true };
}

/** Options for connections of clients and workers. Settings that name another server's address are ignored. */
export function connectionOptionsOf(
  { address, shared }: Pick<ServerPlace, 'address' | 'shared'>,
  env: NodeJS.ProcessEnv = process.env,
) {
  if (!shared) return { address };
  const profile = readProfile(env);
  if (profile.address !== undefined && profile.address !== address) return { address };
  const { tls, apiKey, metadata } = withoutContent(() => toClientOptions(profile).connectionOptions);
  return {
    address,
    ...(tls === undefined ? {} : { tls }),
    ...(apiKey === undefined ? {} : { apiKey }),
    ...(metadata === undefined ? {} : { metadata }),
  };
}

/** The environment with absolute paths, for a process that is started in another working folder. */
export const wholePaths = (env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv =>
  Object.fromEntries(FILE_VARIABLES.flatMap((name) => (env[name] ? [[name, resolve(env[name])]] : [])));

function readProfile(env: NodeJS.ProcessEnv): ClientConfigProfile {
  const file = env['TEMPORAL_CONFIG_FILE'];
  // The library treats a missing file as an empty one, and would connect without TLS and key.
  if (file && !existsSync(file))
    throw new UserError(`${file} is missing.`, 'Correct TEMPORAL_CONFIG_FILE, or unset it.');
  const overrideEnvVars = Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) => (value === undefined ? [] : [[name, value]])),
  );
  return withoutContent(() => loadClientConfigProfile({ overrideEnvVars }));
}

/** Reads settings; hides the parser's error text, because it quotes lines of the file, which may contain keys. */
function withoutContent<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    const { path, code } = error as NodeJS.ErrnoException;
    const why = path === undefined ? 'a mistake in the file, or a profile that it does not have' : `${path}: ${code}`;
    throw new UserError(
      `Temporal's settings (TEMPORAL_CONFIG_FILE, TEMPORAL_PROFILE, TEMPORAL_TLS_...) cannot be read: ${why}.`,
      'Correct them; `temporal config list` shows the profiles.',
    );
  }
}
