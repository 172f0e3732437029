/** A history as a fixture: what names this machine, and stacks, are left out; replay does not look at them. */
import type { Client } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import type { RecordedHistory } from './replay-history.ts';

export interface Run {
  readonly workflowId: string;
  readonly runId?: string | undefined;
}

export async function recordHistory(client: Client, { workflowId, runId }: Run): Promise<RecordedHistory> {
  const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
  const plain = JSON.parse(historyToJSON(history), (key, value: unknown) => {
    if (key === 'stackTrace') return undefined;
    // A worker's own queue is named after its process and machine, too.
    return typeof value === 'string' && /^\d+@/.test(value) ? 'etude' : value;
  }) as RecordedHistory['history'];
  return { workflowId, history: plain };
}

export const typeOf = ({ history }: RecordedHistory): string =>
  history.events[0]?.workflowExecutionStartedEventAttributes?.workflowType.name ?? '';
