/** A Temporal server that runs already and is named in the environment; the home then starts none of its own. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection, isGrpcServiceError } from '@temporalio/client';
import { UserError } from '../../contracts/failures.ts';
import { connectionOptionsOf, type ServerPlace } from './connection-settings.ts';
import { registerMissing, type SearchAttributes } from './prepare-namespace.ts';

const PATIENCE_MS = 10_000;
const POLL_MS = 200;
/** Of gRPC. */
const NOT_FOUND = 5;
const REFUSED = new Set([7, 16]);

/**
 * Registers the search attributes; throws `UserError` when the server or its namespace is missing. Leaves the
 * namespace's retention alone, since the namespace belongs to somebody else.
 */
export async function prepareSharedServer(
  place: ServerPlace,
  searchAttributes: SearchAttributes,
  { env = process.env, patience = PATIENCE_MS }: { readonly env?: NodeJS.ProcessEnv; readonly patience?: number } = {},
): Promise<void> {
  const connection = await connect(place, { env, patience });
  try {
    await connection.workflowService.describeNamespace({ namespace: place.namespace });
    while (!(await registerMissing(connection, { ...place, searchAttributes }))) await sleep(POLL_MS);
  } catch (error) {
    throw isGrpcServiceError(error) ? explain(error, place, searchAttributes) : error;
  } finally {
    await connection.close();
  }
}

async function connect(
  place: ServerPlace,
  { env, patience }: { readonly env: NodeJS.ProcessEnv; readonly patience: number },
): Promise<Connection> {
  try {
    return await Connection.connect({ ...connectionOptionsOf(place, env), connectTimeout: patience });
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    throw isGrpcServiceError(cause) && REFUSED.has(cause.code) ? refused(place) : noAnswer(place, cause);
  }
}

/** Without the server's words: some repeat what was sent to them. */
const refused = ({ address }: ServerPlace): UserError =>
  new UserError(
    `The Temporal server at ${address} refuses this connection.`,
    'Set TEMPORAL_API_KEY or a client certificate that it accepts, or a profile with them (docs/security.md).',
  );

const noAnswer = ({ address }: ServerPlace, cause: unknown): UserError =>
  new UserError(
    `No Temporal server answers at ${address} (ETUDE_TEMPORAL_ADDRESS).`,
    'Start it or correct the address; if it takes TLS only, set TEMPORAL_TLS=true or its certificates (docs/security.md). Without the variable the home starts a server of its own.',
    { cause },
  );

function explain(
  error: { code: number; details: string },
  { address, namespace }: ServerPlace,
  wanted: SearchAttributes,
) {
  if (error.code === NOT_FOUND)
    return new UserError(
      `The Temporal server at ${address} has no namespace "${namespace}".`,
      `Make it: \`temporal operator namespace create --namespace ${namespace} --retention 90d\`.`,
    );
  const attributes = Object.entries(wanted).map(([name, type]) => `--name ${name} --type ${type}`);
  return new UserError(
    `Search attributes cannot be registered in namespace "${namespace}" of ${address}: ${error.details}.`,
    `Let its operator run \`temporal operator search-attribute create ${attributes.join(' ')}\`.`,
  );
}
