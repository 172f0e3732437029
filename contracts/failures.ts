/** Names of failures, as histories and the Web UI show them. Those that are for good are thrown as such; all others are retried. */
export const FAILURES = {
  badRequest: 'BadRequest',
  auth: 'Auth',
  quota: 'Quota',
  modelGone: 'ModelGone',
  overload: 'Overload',
  rateLimit: 'RateLimit',
  outage: 'Outage',
  budget: 'Budget',
  paused: 'Paused',
  /** The request is in a batch: its reply comes with the others. */
  batched: 'Batched',
  /** A provider's work waits for a person. */
  held: 'Held',
  /** Our own limit of tokens per minute, as against a provider's. */
  pace: 'Pace',
  /** A message of a person that makes no sense now. */
  refused: 'Refused',
  heldOut: 'HeldOutInTraining',
  training: 'TrainingFailed',
  serving: 'ServingFailed',
  plan: 'PlanMismatch',
  /** Calls have no reply when the results are to be written. */
  unanswered: 'Unanswered',
} as const;
export type FailureType = (typeof FAILURES)[keyof typeof FAILURES];

/** What an arm may fail by, in the words of `results.json`: the same on every machine. */
export const ARM_FAILURES = {
  [FAILURES.training]: 'its training failed',
  [FAILURES.serving]: 'its student could not be served',
  [FAILURES.modelGone]: 'a model that it asks is served no longer',
  [FAILURES.plan]: 'its plan asks for what cannot be made',
  Other: 'it failed by none of the named causes',
} as const;
export type ArmFailure = keyof typeof ARM_FAILURES;

/** Of the type of an `ApplicationFailure`, as histories show it. */
export const asArmFailure = (type: string): ArmFailure =>
  Object.hasOwn(ARM_FAILURES, type) ? (type as ArmFailure) : 'Other';

/** The user must change something; printed without a stack. `remedy` says what. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly remedy: string;
  constructor(message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.remedy = remedy;
  }
}
