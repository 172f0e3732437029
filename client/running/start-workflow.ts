/** Starts the workflow of a study, joins the one that runs, and ends those that nobody wants any more. */
import { setTimeout as wait } from 'node:timers/promises';
import {
  WorkflowFailedError,
  WorkflowIdConflictPolicy,
  WorkflowIdReusePolicy,
  type Client,
  type WorkflowHandle,
} from '@temporalio/client';
import { TypedSearchAttributes, defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { setAsideArms } from '../../activities/ledger/amendments.ts';
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
    // `--replace`: the old plan is given up.
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
  // Another home may have taken the name in the same moment.
  await findRunning(client, study, home.id);
  return handle;
}

/** The server bounds what it shows. */
const MOST_IDS = 20;
const listIds = (named: readonly { readonly id: string }[]): string =>
  [...named.slice(0, MOST_IDS).map(({ id }) => `\`${id}\``), ...(named.length > MOST_IDS ? ['...'] : [])].join(', ');

/** For whoever opens it in the Web UI, in markdown. */
const describeStudy = ({ study, outline }: StudyInput): string =>
  [
    `- students ${listIds(outline.students)}; arms ${listIds(outline.arms)}`,
    `- how far it is: \`./etude status ${study}\``,
    '- to hold or change it: More Actions, Send an Update; or `./etude --help`',
    `- in the end: \`runs/${study}/report.html\` in its home`,
  ].join('\n');

/** Ends what still stands on the server of studies that were cancelled while nobody owned the home. */
export async function endCancelled({ client, ledger, home }: ServedHome): Promise<void> {
  for (const { name, state } of await listStudies(ledger.tables))
    if (state === 'cancelled' && (await findRunning(client, name, home.id))) await endInOrder(client, name);
}

/** How long a study may take to stop its servers and to end its batches at their providers. */
const END_MS = 120_000;

/** The home's worker runs, so that activities clean up. Whoever cannot, as its code is another one now, is terminated. */
async function endInOrder(client: Client, study: string): Promise<void> {
  const workflow = client.workflow.getHandle(study);
  await workflow.cancel();
  const ended = new AbortController();
  const result = workflow.result().catch((error: unknown) => {
    // Cancelled or failed, it has ended; whoever cannot tell must not take its place.
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
  // Children end with their parent, a moment later; the new ones have the same ids.
  const query = `RootWorkflowId = '${study}' AND ExecutionStatus = 'Running'`;
  while ((await client.workflow.count(query)).count > 0) await wait(200);
}
