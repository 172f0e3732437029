/** Replays a recorded history on workflow code, and says what a person must do when that code would break it. */
import { Worker, type WorkflowBundleOption } from '@temporalio/worker';

export interface RecordedHistory {
  workflowId: string;
  history: { events: RecordedEvent[] };
}

export interface RecordedEvent {
  eventId: string;
  eventType: string;
  workflowExecutionStartedEventAttributes?: { workflowType: { name: string } };
  activityTaskScheduledEventAttributes?: { activityType: { name: string } };
  startChildWorkflowExecutionInitiatedEventAttributes?: { workflowType: { name: string } };
}

/** Resolves when the code makes the commands of the history; otherwise throws an error that says what to do. */
export async function replayHistory(workflowBundle: WorkflowBundleOption, recorded: RecordedHistory): Promise<void> {
  const error = await findError(workflowBundle, recorded);
  if (!error) return;
  const type = recorded.history.events[0]?.workflowExecutionStartedEventAttributes?.workflowType.name ?? 'unknown';
  const lines = [
    `Workflow ${type} no longer makes the commands of a recorded history (${recorded.workflowId}).`,
    await describeParting(workflowBundle, recorded),
    'A study that runs now would stop at this change. Put it behind `patched()`, or give the workflow a new name:',
    'docs/upgrading.md says how. Recorded histories stay as they are.',
    error.message,
  ];
  throw new Error(lines.join('\n'), { cause: error });
}

async function findError(workflowBundle: WorkflowBundleOption, recorded: RecordedHistory): Promise<Error | undefined> {
  for await (const { error } of Worker.runReplayHistories({ workflowBundle }, [recorded])) if (error) return error;
  return undefined;
}

/** Each workflow task with its commands, as the positions of the first event and of that after the last. */
function listTasks(events: readonly RecordedEvent[]): { begin: number; end: number }[] {
  const begins = events.flatMap(({ eventType }, at) => (eventType === 'EVENT_TYPE_WORKFLOW_TASK_COMPLETED' ? at : []));
  const scheduled = events.flatMap(({ eventType }, at) =>
    eventType === 'EVENT_TYPE_WORKFLOW_TASK_SCHEDULED' ? at : [],
  );
  return begins.map((begin) => ({ begin, end: scheduled.find((at) => at > begin) ?? events.length }));
}

/** The shortest history that does not replay ends with the commands that the code makes no more. */
async function describeParting(workflowBundle: WorkflowBundleOption, recorded: RecordedHistory): Promise<string> {
  const { events } = recorded.history;
  for (const { begin, end } of listTasks(events)) {
    const short = { ...recorded, history: { events: events.slice(0, end) } };
    if (!(await findError(workflowBundle, short))) continue;
    const made = events
      .slice(begin + 1, end)
      .map(describe)
      .join(', ');
    return `They part after event ${events[begin]?.eventId}, where the history has ${made || 'no command'}.`;
  }
  return 'They part after its last event.';
}

function describe(event: RecordedEvent): string {
  const { activityTaskScheduledEventAttributes: activity, startChildWorkflowExecutionInitiatedEventAttributes: child } =
    event;
  const name = activity?.activityType.name ?? child?.workflowType.name;
  const kind = event.eventType.replace('EVENT_TYPE_', '');
  return `${kind}${name === undefined ? '' : ` (${name})`}`;
}
