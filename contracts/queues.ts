import { MESSAGE_ACTIVITIES } from './messages.ts';

/**
 * The task queues of a home and the activities that each serves. Workers, and the types that workflows call activities by,
 * follow from it; an activity on no queue, or on two, is a type error in `activities/make-activities.ts`.
 */
export const QUEUES = {
  /** Workflows too, and bookkeeping: moments. */
  control: [...(['countKept', 'listAsked', 'settleShard', 'failArm', 'analyse'] as const), ...MESSAGE_ACTIVITIES],
  training: ['trainBase', 'tuneStudent'],
  serving: ['serveStudent'],
  /** Activities that only wait, perhaps for days. On a queue of their own they take no slot from bookkeeping. */
  waiting: ['awaitServed', 'watchStudy'],
  /** Batches of all providers. Waiting for a batch takes no slot of a model. */
  batch: ['writeBatch', 'gradeBatch', 'endBatches'],
  /** Not one queue but one for each model and student, kept at the pace that it may be asked at. */
  call: ['askTexts', 'writeText', 'gradeText'],
} as const satisfies Readonly<Record<string, readonly string[]>>;

export type QueueKind = keyof typeof QUEUES;
/** One queue for the whole home. */
export type SharedQueue = Exclude<QueueKind, 'call'>;
export type ServedBy<Kind extends QueueKind> = (typeof QUEUES)[Kind][number];

export const SHARED_QUEUES = Object.keys(QUEUES).filter((kind): kind is SharedQueue => kind !== 'call');

/** What is wrong with the table, by the names of activities: `never` when each is on exactly one queue. */
export type MisplacedActivities<Activity extends string> =
  | Exclude<Activity, ServedBy<QueueKind>>
  | Exclude<ServedBy<QueueKind>, Activity>
  | { [Kind in QueueKind]: Extract<ServedBy<Kind>, ServedBy<Exclude<QueueKind, Kind>>> }[QueueKind];
