/** A Temporal server that runs already, named in the environment, in place of one that the home starts. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection, isGrpcServiceError } from '@temporalio/client';
import { UserError } from '../../contracts/failures.ts';
import { registerMissing, type SearchAttributes } from './prepare-namespace.ts';

export interface ServerPlace {
  /** host:port of the gRPC frontend. */
  readonly address: string;
  readonly namespace: string;
}

const CONNECT_MS = 10_000;
const POLL_MS = 200;
/** Of gRPC. */
const NOT_FOUND = 5;

/** ETUDE_TEMPORAL_ADDRESS and ETUDE_TEMPORAL_NAMESPACE; undefined where the home starts a server of its own. */
export function readSharedServer(env: NodeJS.ProcessEnv = process.env): ServerPlace | undefined {
  const address = env['ETUDE_TEMPORAL_ADDRESS']?.trim();
  if (!address) return undefined;
  if (/^(\[[0-9a-f:]+\]|[\w.-]+):\d{1,5}$/i.test(address))
    return { address, namespace: env['ETUDE_TEMPORAL_NAMESPACE']?.trim() || 'default' };
  throw new UserError(
    'ETUDE_TEMPORAL_ADDRESS is not the address of a Temporal server.',
    'Write host:port, as 127.0.0.1:7233, or unset it: then the home starts a server of its own.',
  );
}

/** Throws `UserError` when the server or its namespace is not there. Its retention is left as it is: it is not ours. */
export async function prepareSharedServer(place: ServerPlace, searchAttributes: SearchAttributes): Promise<void> {
  const connection = await connect(place);
  try {
    await connection.workflowService.describeNamespace({ namespace: place.namespace });
    while (!(await registerMissing(connection, { ...place, searchAttributes }))) await sleep(POLL_MS);
  } catch (error) {
    throw isGrpcServiceError(error) ? explain(error, place, searchAttributes) : error;
  } finally {
    await connection.close();
  }
}

async function connect({ address }: ServerPlace): Promise<Connection> {
  try {
    return await Connection.connect({ address, connectTimeout: CONNECT_MS });
  } catch (cause) {
    throw new UserError(
      `No Temporal server answers at ${address} (ETUDE_TEMPORAL_ADDRESS).`,
      'Start it, mend the address, or unset the variable: then the home starts a server of its own.',
      { cause },
    );
  }
}

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
