/** Tells a study what a person wants: through its workflow where its home is at work, else in its ledger. */
import {
  Client,
  Connection,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type WorkflowHandle,
} from '@temporalio/client';
import { ActivityFailure, ApplicationFailure } from '@temporalio/common';
import { carryOut } from '../../activities/operator/operator-commands.ts';
import { FAILURES, UserError } from '../../contracts/failures.ts';
import { messageOf, readRefusal, type InputOf, type MessageName, type ResultOf } from '../../contracts/messages.ts';
import { makeDataConverter } from '../../infra/codec/data-converter.ts';
import { readPayloadKeys } from '../../infra/codec/payload-keys.ts';
import { isLocked } from '../../infra/home/lock-home.ts';
import type { Home } from '../../infra/home/open-home.ts';
import { connectionOptionsOf } from '../../infra/temporal/connection-settings.ts';
import type { runStudy } from '../../workflows/run-study.ts';
import { offlineContext } from '../home/offline-study.ts';
import { withStudy, type OpenStudy } from '../home/with-study.ts';
import { readServer, type StartedServer } from '../home/worker-process.ts';
import { findRunning } from './running-study.ts';

export interface Telling<Name extends MessageName> {
  readonly study: string;
  /** As given by `--home`. */
  readonly home: string | undefined;
  readonly input: InputOf<Name>;
  /** Called when no workflow runs, after the message was carried out on the ledger. */
  readonly afterLedger?: (open: OpenStudy) => Promise<void>;
}

/** A busy machine answers within it. */
const CONNECT_MS = 15_000;

/** Both ways do the same and refuse the same. Throws `UserError` for a message that is refused. */
export async function tellStudy<Name extends MessageName>(
  message: Name,
  { study: name, home, input, afterLedger }: Telling<Name>,
): Promise<ResultOf<Name>> {
  return withStudy(name, home, async (open) => {
    const told = await tellWorkflow(open.home, name, (study) =>
      study.executeUpdate<ResultOf<Name>, [InputOf<Name>]>(message, { args: [input] }),
    );
    if (told && 'result' in told) return told.result;
    // A workflow that may run and cannot be told may be analysing: then nothing is amended.
    if (!told && messageOf(message).amends && isLocked(open.home)) throw cannotBeTold(open.home, name);
    const context = offlineContext(open.home, open.ledger);
    const operated = { ...open, context, signal: new AbortController().signal, again: false };
    const result = await carryOut(message, operated, input);
    await afterLedger?.(open);
    return result;
  });
}

const cannotBeTold = ({ directory }: Home, name: string): UserError =>
  new UserError(
    `Home ${directory} is at work, and study ${name} cannot be told: its server does not answer, or has a key that is not set.`,
    'Try again in a moment; if its histories are sealed, set ETUDE_PAYLOAD_KEY as its start command has it.',
  );

/** Without a result: none runs. Undefined when that cannot be known now. Either way nobody has been told. */
async function tellWorkflow<Result>(
  home: Home,
  name: string,
  tell: (study: WorkflowHandle<typeof runStudy>) => Promise<Result>,
): Promise<{ readonly result: Result } | { readonly none: true } | undefined> {
  return withServer(home, async (client) => {
    try {
      if (!(await findRunning(client, name, home.id))) return { none: true };
      return { result: await tell(client.workflow.getHandle<typeof runStudy>(name)) };
    } catch (error) {
      // It ended between our look and our message.
      if (error instanceof WorkflowNotFoundError) return { none: true };
      throw asRefusal(error);
    }
  });
}

/** Undefined without a server that can be reached: nobody works on the home, or its server is being started again. */
export async function withServer<T>(home: Home, work: (client: Client) => Promise<T>): Promise<T | undefined> {
  const connected = await connect(home);
  if (!connected) return undefined;
  try {
    return await work(connected.client);
  } finally {
    await connected.connection.close();
  }
}

/** To the server of a home at work; undefined without one, while it is started again, or without its key. */
async function connect(home: Home): Promise<{ connection: Connection; client: Client } | undefined> {
  const server = isLocked(home) ? await readServer(home).catch(() => undefined) : undefined;
  const keys = readPayloadKeys();
  if (!server || !opens(keys, server)) return undefined;
  const options = { ...connectionOptionsOf(server), connectTimeout: CONNECT_MS };
  const connection = await Connection.connect(options).catch(() => undefined);
  if (!connection) return undefined;
  const client = new Client({
    connection,
    namespace: server.namespace,
    identity: 'etude',
    dataConverter: makeDataConverter(keys),
  });
  return { connection, client };
}

const opens = (keys: readonly { id: string }[], { sealedWith }: StartedServer): boolean =>
  sealedWith === null || keys.some(({ id }) => id === sealedWith);

/** A refusal as the person's mistake that it is, wherever it was found. */
function asRefusal(error: unknown): unknown {
  let cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
  if (cause instanceof ActivityFailure) cause = cause.cause;
  return cause instanceof ApplicationFailure && cause.type === FAILURES.refused ? readRefusal(cause.message) : error;
}
