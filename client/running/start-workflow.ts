/** Starts the workflow of a study or joins the one that runs; ends workflows of replaced and cancelled studies. */
import { setTimeout as wait } from 'node:timers/promises';
import {
  WorkflowFailedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import { TypedSearchAttributes, defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { setAsideArms } from '../../activities/ledger/arms/amendments.ts';
import type { Ledger } from '../../activities/ledger/ledger.ts';
import { listStudies } from '../../activities/ledger/studies.ts';
import type { StudyInput } from '../../contracts/workflows.ts';
import type { Home } from '../../infra/home/open-home.ts';
import type { runStudy } from '../../workflows/run-study.ts';
import { findRunning } from './running-study.ts';

/** A home whose Temporal server runs. */
export interface ServedHome {
  readonly client: Client;
  readonly ledger: Ledger;
  readonly home: Home;
}

export async function startWorkflow(
  { client, ledger, home }: ServedHome,
  input: StudyInput,
): Promise<WorkflowHandle<typeof runStudy>> {
  const { study, plan, outline } = input;
  const running = await findRunning(client, study, home.id);
  if (running) {
    if (running.plan === plan) return client.workflow.getHandle<typeof runStudy>(study);
    // The command checked before that the study file is unchanged or `--replace` was given: so the old plan may end.
    await endInOrder(client, study);
  }
  await setAsideArms(ledger.tables, plan);
  const handle = await client.workflow.start<typeof runStudy>('runStudy', {
    workflowId: study,
    taskQueue: outline.queues.control,
    args: [input],
    workflowIdConflictPolicy: WorkflowIdConflictPolicy.USE_EXISTING,
    workflowIdReusePolicy: WorkflowIdReusePolicy.ALLOW_DUPLICATE,
    memo: { plan },
    staticSummary: `Study ${study}`,
    staticDetails: describeStudy(input),
    typedSearchAttributes: new TypedSearchAttributes([
      { key: defineSearchAttributeKey('EtudeStudy', SearchAttributeType.KEYWORD), value: study },
      { key: defineSearchAttributeKey('EtudePlan', SearchAttributeType.KEYWORD), value: plan },
      { key: defineSearchAttributeKey('EtudeHome', SearchAttributeType.KEYWORD), value: home.id },
    ]),
  });
  // Throws when another home on this server has started a study of the same name in the same moment.
  await findRunning(client, study, home.id);
  return handle;
}

/** The server limits the length of this text, so long lists are cut. */
const MOST_IDS = 20;
const listIds = (named: readonly { readonly id: string }[]): string =>
  [...named.slice(0, MOST_IDS).map(({ id }) => `\`${id}\``), ...(named.length > MOST_IDS ? ['...'] : [])].join(', ');

/** The summary of a study in Temporal's Web UI, in markdown. */
const describeStudy = ({ study, outline }: StudyInput): string =>
  [
    `- students ${listIds(outline.students)}; arms ${listIds(outline.arms)}`,
    `- progress: \`./etude status ${study}\``,
    '- to pause or change it: More Actions, Send an Update; or `./etude --help`',
    `- report at the end: \`runs/${study}/report.html\` in its home`,
  ].join('\n');

/** Ends the workflows of studies that were cancelled in the ledger while no server ran. */
export async function endCancelled({ client, ledger, home }: ServedHome): Promise<void> {
  for (const { name, state } of await listStudies(ledger.tables))
    if (state === 'cancelled' && (await findRunning(client, name, home.id))) await endInOrder(client, name);
}

/** How long a study may take to stop its servers and to end its batches at their providers. */
const END_MS = 120_000;

/**
 * Cancels the workflow and waits: the home's worker runs, so activities can clean up. A workflow that does not end in
 * time, for example because its code has changed, is terminated.
 */
async function endInOrder(client: Client, study: string): Promise<void> {
  const workflow = client.workflow.getHandle(study);
  await workflow.cancel();
  const ended = new AbortController();
  const result = workflow.result().catch((error: unknown) => {
    // "Workflow failed" and "cancelled" both mean that it has ended. After any other error it may still run: throw.
    if (!(error instanceof WorkflowFailedError)) throw error;
  });
  const late = wait(END_MS, 'late', { signal: ended.signal }).catch(() => undefined);
  try {
    if ((await Promise.race([result, late])) === 'late')
      await terminate(client, study, 'it could not be cancelled in time');
    await result;
  } finally {
    ended.abort();
  }
}

async function terminate(client: Client, study: string, reason: string): Promise<void> {
  await client.workflow.getHandle(study).terminate(reason);
  // Child workflows end a moment after their parent. Wait for that: the new study's children will have the same ids.
  const query = `RootWorkflowId = '${study}' AND ExecutionStatus = 'Running'`;
  while ((await client.workflow.count(query)).count > 0) await wait(200);
}
