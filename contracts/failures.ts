/** Names of permanent failures, as histories and the Web UI show them. Anything else that fails is retried. */
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
  store: 'StoreDamaged',
} as const;
export type FailureType = (typeof FAILURES)[keyof typeof FAILURES];

/** The user must change something; printed without a stack. `remedy` says what. */
export class UserError extends Error {
  override readonly name = 'UserError';
  readonly remedy: string;
  constructor(message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.remedy = remedy;
  }
}
