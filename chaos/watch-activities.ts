/** Lists the running activities of a study, as Temporal's server sees them. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import proto from '@temporalio/proto';
import { STUDY } from './study-file.ts';

export interface Working {
  readonly type: string;
  readonly workflowId: string;
  readonly activityId: string;
  readonly attempt: number;
}

const { PENDING_ACTIVITY_STATE_STARTED: STARTED } = proto.temporal.api.enums.v1.PendingActivityState;
const PATIENCE_MS = 1_500;

export class ActivityWatch {
  readonly #home: string;
  #open: { readonly grpc: number; readonly client: Client } | undefined;

  constructor(home: string) {
    this.#home = home;
  }

  /** The activities that a worker has started and not ended; empty while the server does not answer. */
  async working(): Promise<Working[]> {
    try {
      const client = this.#client();
      return await client.withDeadline(Date.now() + PATIENCE_MS, () => walk(client, STUDY));
    } catch {
      return [];
    }
  }

  /** Whether this attempt of the activity is still open, so its worker has not ended it. */
  async isOpen(seen: Working): Promise<boolean> {
    return (await this.working()).some(
      ({ workflowId, activityId, attempt }) =>
        workflowId === seen.workflowId && activityId === seen.activityId && attempt === seen.attempt,
    );
  }

  async close(): Promise<void> {
    await this.#open?.client.connection.close();
    this.#open = undefined;
  }

  /** A client for the server's current port, which may be another one after a restart. */
  #client(): Client {
    const { grpc } = JSON.parse(readFileSync(join(this.#home, '.etude/temporal.json'), 'utf8')) as { grpc: number };
    if (this.#open?.grpc === grpc) return this.#open.client;
    const client = new Client({ connection: Connection.lazy({ address: `127.0.0.1:${grpc}` }) });
    this.#open = { grpc, client };
    return client;
  }
}

/** The running activities of a workflow and of its child workflows. */
async function walk(client: Client, workflowId: string): Promise<Working[]> {
  const { raw } = await client.workflow.getHandle(workflowId).describe();
  const own = (raw.pendingActivities ?? [])
    .filter(({ state }) => state === STARTED)
    .map(({ activityType, activityId, attempt }) => ({
      type: activityType?.name ?? '',
      workflowId,
      activityId: activityId ?? '',
      attempt: attempt ?? 0,
    }));
  const children = (raw.pendingChildren ?? []).map(({ workflowId: child }) =>
    walk(client, child ?? '').catch((): Working[] => []),
  );
  return [...own, ...(await Promise.all(children)).flat()];
}
