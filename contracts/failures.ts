/**
 * Types of failures, as histories and the Web UI show them. A permanent failure is thrown as non-retryable; Temporal
 * retries all others.
 */
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
  /** The request is in a batch: its reply arrives with that of the others. */
  batched: 'Batched',
  /** The provider is on hold for this plan until an operator resumes it. */
  held: 'Held',
  /** Our own limit of tokens per minute; `RateLimit` is the provider's. */
  pace: 'Pace',
  /** An operator's message that cannot be applied now. */
  refused: 'Refused',
  heldOut: 'HeldOutInTraining',
  training: 'TrainingFailed',
  serving: 'ServingFailed',
  plan: 'PlanMismatch',
  /** Calls without a reply at the time when results should be written. */
  unanswered: 'Unanswered',
} as const;
export type FailureType = (typeof FAILURES)[keyof typeof FAILURES];

/**
 * Why an arm failed, in the words of `results.json`. They name no path or process, so every machine writes the same
 * bytes.
 */
export const ARM_FAILURES = {
  [FAILURES.training]: 'its training failed',
  [FAILURES.serving]: 'its student could not be served',
  [FAILURES.modelGone]: 'a model that it asks is served no longer',
  [FAILURES.plan]: 'its plan asks for what cannot be made',
  Other: 'it failed by none of the named causes',
} as const;
export type ArmFailure = keyof typeof ARM_FAILURES;

/** The arm failure for the type of an `ApplicationFailure`, as histories show it; unlisted types become `Other`. */
export const asArmFailure = (type: string): ArmFailure =>
  Object.hasOwn(ARM_FAILURES, type) ? (type as ArmFailure) : 'Other';

/** A mistake that the user can correct. The command line prints it without a stack; `remedy` says what to do. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly remedy: string;
  constructor(message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.remedy = remedy;
  }
}
