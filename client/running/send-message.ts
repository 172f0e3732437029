/** Carries out a person's command on a study: through its workflow if its home runs, else directly on its ledger. */
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

export interface MessageToSend<Name extends MessageName> {
  readonly study: string;
  /** The value of `--home`, if it was given. */
  readonly home: string | undefined;
  readonly input: InputOf<Name>;
  /** Called after the command was carried out on the ledger, because no workflow runs. */
  readonly afterLedger?: (open: OpenStudy) => Promise<void>;
}

/** Long enough for the server of a busy machine to answer. */
const CONNECT_MS = 15_000;

/** Both ways have the same effect. Throws `UserError` for a command that is refused, with the same message either way. */
export async function sendMessage<Name extends MessageName>(
  message: Name,
  { study: name, home, input, afterLedger }: MessageToSend<Name>,
): Promise<ResultOf<Name>> {
  return withStudy(name, home, async (open) => {
    const answer = await updateWorkflow(open.home, name, (study) =>
      study.executeUpdate<ResultOf<Name>, [InputOf<Name>]>(message, { args: [input] }),
    );
    if (answer && 'result' in answer) return answer.result;
    // A workflow that cannot be reached may be writing results just now, so the ledger must not be amended meanwhile.
    if (!answer && messageOf(message).amends && isLocked(open.home)) throw unreachable(open.home, name);
    const context = offlineContext(open.home, open.ledger);
    const operated = { ...open, context, signal: new AbortController().signal, again: false };
    const result = await carryOut(message, operated, input);
    await afterLedger?.(open);
    return result;
  });
}

const unreachable = ({ directory }: Home, name: string): UserError =>
  new UserError(
    `Home ${directory} is in use, and study ${name} cannot be reached: its server does not answer, or has a key that is not set.`,
    'Try again in a moment; if its histories are sealed, set ETUDE_PAYLOAD_KEY as its start command has it.',
  );

/** The workflow's answer; `none` if no workflow runs, undefined if that is unknown: in both cases nothing was changed. */
async function updateWorkflow<Result>(
  home: Home,
  name: string,
  send: (study: WorkflowHandle<typeof runStudy>) => Promise<Result>,
): Promise<{ readonly result: Result } | { readonly none: true } | undefined> {
  return withServer(home, async (client) => {
    try {
      if (!(await findRunning(client, name, home.id))) return { none: true };
      return { result: await send(client.workflow.getHandle<typeof runStudy>(name)) };
    } catch (error) {
      // The workflow ended between the check and the message.
      if (error instanceof WorkflowNotFoundError) return { none: true };
      throw asRefusal(error);
    }
  });
}

/** Runs `work` with a client; undefined if no server can be reached: the home does not run, or its server is restarting. */
export async function withServer<T>(home: Home, work: (client: Client) => Promise<T>): Promise<T | undefined> {
  const connected = await connect(home);
  if (!connected) return undefined;
  try {
    return await work(connected.client);
  } finally {
    await connected.connection.close();
  }
}

/** Connects to the server of a running home; undefined without a server, while it restarts, or without its payload key. */
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

/** Finds the refusal inside the errors of workflow and activity, and turns it into a `UserError`; else returns the error. */
function asRefusal(error: unknown): unknown {
  let cause = error instanceof WorkflowUpdateFailedError ? error.cause : undefined;
  if (cause instanceof ActivityFailure) cause = cause.cause;
  return cause instanceof ApplicationFailure && cause.type === FAILURES.refused ? readRefusal(cause.message) : error;
}
