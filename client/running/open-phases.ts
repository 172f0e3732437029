/** Lists the phases of a study that are running now, for the progress line. */
import type { Client } from '@temporalio/client';

/** Phases that are activities of the study's own workflow, by activity name; all other phases are child workflows. */
const OWN_WORK: Readonly<Record<string, string>> = { trainBase: 'train base', analyse: 'analyse' };

/** For example `compose k2 k3 | train base | evaluate tiny/1,2`; empty between two phases. */
export async function listOpenPhases(client: Client, study: string): Promise<string> {
  const { raw } = await client.workflow.getHandle(study).describe();
  const own = (raw.pendingActivities ?? []).map(({ activityType }) => OWN_WORK[activityType?.name ?? '']);
  const open = [...new Set([...(await listChildren(client, study)), ...own])].filter(Boolean);
  if (open.length === 0 && raw.pendingWorkflowTask) return 'waiting for the worker';
  return open.join(' | ');
}

async function listChildren(client: Client, study: string): Promise<string[]> {
  const query = `RootWorkflowId = '${study}' AND ExecutionStatus = 'Running'`;
  const phases = new Map<string, Set<string>>();
  for await (const { workflowId } of client.workflow.list({ query })) {
    const [, phase, ...rest] = workflowId.split('/');
    if (!phase) continue;
    const what = phase === 'compose' ? rest[0] : rest.slice(0, 2).join('/');
    phases.set(phase, (phases.get(phase) ?? new Set()).add(what ?? ''));
  }
  return [...phases].map(([phase, open]) => `${phase} ${[...open].sort().join(' ')}`);
}
