import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import protos from '@temporalio/proto'; // CommonJS: no named exports here
import type { GuardedExit } from '../processes/spawn-guarded.mjs';

const { api } = protos.temporal;
const TYPES = api.enums.v1.IndexedValueType;
const TYPE_VALUES = {
  Text: TYPES.INDEXED_VALUE_TYPE_TEXT,
  Keyword: TYPES.INDEXED_VALUE_TYPE_KEYWORD,
  Int: TYPES.INDEXED_VALUE_TYPE_INT,
  Double: TYPES.INDEXED_VALUE_TYPE_DOUBLE,
  Bool: TYPES.INDEXED_VALUE_TYPE_BOOL,
  Datetime: TYPES.INDEXED_VALUE_TYPE_DATETIME,
  KeywordList: TYPES.INDEXED_VALUE_TYPE_KEYWORD_LIST,
} as const;

export type SearchAttributes = Readonly<Record<string, keyof typeof TYPE_VALUES>>;

export interface PrepareNamespaceInput {
  address: string;
  namespace: string;
  searchAttributes: SearchAttributes;
  exited: Promise<GuardedExit>;
}

const RETENTION_SECONDS = 90 * 24 * 60 * 60;
const PATIENCE_MS = 120_000;
const POLL_MS = 50;

/**
 * Waits until the server answers for the namespace, then sets its retention and registers the search attributes. Throws
 * when the server process ends, or does not answer within two minutes.
 */
export async function prepareNamespace(input: PrepareNamespaceInput): Promise<void> {
  const ended = input.exited.then(({ code }) => {
    throw new Error(`the server ended with exit code ${code}`);
  });
  ended.catch(() => undefined);
  const state = { over: false };
  try {
    await Promise.race([ended, prepare(input, state)]);
  } finally {
    state.over = true;
  }
}

async function prepare(input: PrepareNamespaceInput, state: { over: boolean }): Promise<void> {
  await until(state, () => isListening(input.address));
  const connection = Connection.lazy({ address: input.address });
  try {
    await until(state, () => keepHistories(connection, input.namespace));
    await until(state, () => registerMissing(connection, input));
  } finally {
    await connection.close();
  }
}

/** Repeats `attempt` while the server starts; gives up when the caller has, or after two minutes. */
async function until(state: { over: boolean }, attempt: () => Promise<boolean>): Promise<void> {
  const since = performance.now();
  const isLate = () => performance.now() - since > PATIENCE_MS;
  for (;;) {
    try {
      if (await attempt()) return;
    } catch (error) {
      if (state.over || isLate()) throw error;
    }
    if (state.over || isLate()) throw new Error('the server does not answer');
    await sleep(POLL_MS);
  }
}

/** A plain TCP check before gRPC is used: after one refused connection, a gRPC channel waits a second to try again. */
function isListening(address: string): Promise<boolean> {
  const { hostname, port } = new URL(`tcp://${address}`);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname, port: Number(port) });
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

async function keepHistories({ workflowService }: Connection, namespace: string): Promise<boolean> {
  const { config } = await workflowService.describeNamespace({ namespace });
  const kept = Number(config?.workflowExecutionRetentionTtl?.seconds ?? 0);
  if (kept >= RETENTION_SECONDS) return true;
  const ttl = api.namespace.v1.NamespaceConfig.fromObject({
    workflowExecutionRetentionTtl: { seconds: RETENTION_SECONDS },
  });
  await workflowService.updateNamespace({ namespace, config: ttl });
  return true;
}

/**
 * True once the server lists all attributes; otherwise adds the missing ones and returns false, to be called again. The
 * server registers those of its command line only shortly after it begins to answer.
 */
export async function registerMissing(
  { operatorService }: Connection,
  input: Pick<PrepareNamespaceInput, 'namespace' | 'searchAttributes'>,
): Promise<boolean> {
  const { namespace } = input;
  const { customAttributes } = await operatorService.listSearchAttributes({ namespace });
  const missing = Object.entries(input.searchAttributes).filter(([name]) => !(name in customAttributes));
  if (missing.length === 0) return true;
  const searchAttributes = Object.fromEntries(missing.map(([name, type]) => [name, TYPE_VALUES[type]]));
  await operatorService.addSearchAttributes({ namespace, searchAttributes });
  return false;
}
