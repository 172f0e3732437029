/**
 * What a person may send to a study: each message is declared here, once. The update of the workflow and its activity follow
 * from `MESSAGES`; what a message does is in `activities/operator/operator-commands.ts`, its command in `client/`.
 */
import { STUDENT_PROVIDER } from './calls.ts';
import { FAILURES, UserError } from './failures.ts';
import type { Rate } from './runtime.ts';

export type NoInput = Readonly<Record<never, never>>;

export interface PauseResult {
  readonly paused: boolean;
}

export interface ResumeProviderInput {
  readonly provider: string;
}
export interface ResumeProviderResult extends ResumeProviderInput {
  /** Why the provider was put on hold. */
  readonly reason: string;
}

export interface RaiseBudgetInput {
  readonly usd: number;
}
export interface RaiseBudgetResult extends RaiseBudgetInput {
  readonly before: number | null;
  readonly spent: number;
}

/** `model` as in `rates` of the study file: `provider/model`, or a student's id. What is left out stays as it is. */
export interface ChangeRatesInput extends Partial<Rate> {
  readonly model: string;
}
export interface ChangeRatesResult {
  readonly model: string;
  readonly rate: Rate;
}

export interface SkipInput {
  /** As `tiny/1,2,3/k3/held-out`, also with the study's name before it. */
  readonly cell: string;
  /** Why the cell is given up; without it the cell is taken back. */
  readonly why?: string;
}
export interface SkipResult {
  readonly cell: string;
  readonly skipped: boolean;
}

export interface RedoInput {
  /** Undefined: everything of the study that failed. */
  readonly cell?: string | undefined;
}
/** How many failed calls and arms are tried again. */
export interface RedoResult {
  readonly calls: number;
  readonly arms: number;
  /** How many of the calls are those of training texts, if any are. */
  readonly composing?: number;
}

/** The largest cap that is whole in nano-dollars. */
const MOST_USD = 9_000_000;

/** The checks throw `UserError` for what makes no sense in any state of the study. */
function checkRaiseBudget({ usd }: RaiseBudgetInput): void {
  if (typeof usd === 'number' && usd > 0 && usd <= MOST_USD) return;
  throw new UserError(`A cap cannot be ${usd}: it is a number of US dollars above 0.`, 'As in `--usd 250`.');
}

function checkProvider({ provider }: ResumeProviderInput, models: readonly string[]): void {
  const known = providersOf(models);
  if (known.includes(provider)) return;
  throw new UserError(`The study has no provider "${provider}".`, `Its providers: ${known.join(', ')}.`);
}

const providersOf = (models: readonly string[]): string[] => [
  // Students have no name of a provider in their models.
  ...new Set(models.map((name) => (name.includes('/') ? name.slice(0, name.indexOf('/')) : STUDENT_PROVIDER))),
];

/** Of models that are asked elsewhere; students have none. */
export const TOKEN_RATES = ['tokensPerMinute', 'inputTokensPerMinute', 'outputTokensPerMinute'] as const;
export const RATE_PARTS = ['requestsPerMinute', ...TOKEN_RATES, 'concurrency', 'batchRequests', 'batchTokens'] as const;
const NOT_OF_STUDENTS: ReadonlySet<string> = new Set([...TOKEN_RATES, 'batchRequests', 'batchTokens']);

function checkRates(input: ChangeRatesInput, models: readonly string[]): void {
  const { model } = input;
  if (!models.includes(model))
    throw new UserError(`The study has no model "${model}".`, `Its models: ${models.join(', ')}.`);
  const named = RATE_PARTS.filter((part) => input[part] !== undefined);
  if (named.length === 0)
    throw new UserError(
      `Nothing to change for ${model} was named.`,
      'Name requests or tokens per minute, concurrency, or what may wait in batches: `--rpm`, `--tpm`, `--input-tpm`, `--output-tpm`, `--concurrency`, `--batch-requests`, `--batch-tokens`.',
    );
  if (!model.includes('/') && named.some((part) => NOT_OF_STUDENTS.has(part)))
    throw new UserError(
      `${model} is a student, which is served here and has no token rate and no batches.`,
      'Give requests per minute or concurrency: `--rpm`, `--concurrency`.',
    );
  for (const part of named) {
    if (Number.isSafeInteger(input[part]) && Number(input[part]) > 0) continue;
    throw new UserError(
      `${part} of ${model} cannot be ${input[part]}: it is a whole number above 0.`,
      'To send nothing, pause the study: `./etude pause STUDY`.',
    );
  }
}

function checkSkip({ cell, why }: SkipInput): void {
  if (typeof cell !== 'string' || cell === '')
    throw new UserError('No cell was named.', 'Name one, as `tiny/1,2,3/k3/held-out`.');
  if (why === undefined || (typeof why === 'string' && why.trim() !== '')) return;
  throw new UserError('A cell is given up for a reason, which the results will name.', 'Say it with `--why "..."`.');
}

function checkRedo({ cell }: RedoInput): void {
  if (cell === undefined || (typeof cell === 'string' && cell !== '')) return;
  throw new UserError(
    'A cell must be named by its path.',
    'Name one, as `tiny/1,2,3/k3/held-out`, or none for all of the study.',
  );
}

/** Input and result of each message, by the name of its update, which is durable. */
interface Types {
  readonly pause: { readonly input: NoInput; readonly result: PauseResult };
  readonly resume: { readonly input: NoInput; readonly result: PauseResult };
  readonly resumeProvider: { readonly input: ResumeProviderInput; readonly result: ResumeProviderResult };
  readonly raiseBudget: { readonly input: RaiseBudgetInput; readonly result: RaiseBudgetResult };
  readonly changeRates: { readonly input: ChangeRatesInput; readonly result: ChangeRatesResult };
  readonly skip: { readonly input: SkipInput; readonly result: SkipResult };
  readonly redo: { readonly input: RedoInput; readonly result: RedoResult };
}
export type MessageName = keyof Types;
export type InputOf<Name extends MessageName> = Types[Name]['input'];
export type ResultOf<Name extends MessageName> = Types[Name]['result'];

export interface Message<Input = never> {
  /** The activity that carries it out. Its name is durable too. */
  readonly activity: string;
  /** Shown in the Web UI. */
  readonly description: string;
  /** What its input may name. Without any it takes no input. */
  readonly fields: readonly string[];
  /** Throws `UserError`. `models`: the names that rates may be given for. */
  readonly check?: (input: Input, models: readonly string[]) => void;
  /** It changes what is asked or counted: refused while the study writes its results. */
  readonly amends?: true;
}

export const MESSAGES = {
  pause: {
    activity: 'pauseStudy',
    description: 'Lets calls in flight end and sends none. No input.',
    fields: [],
  },
  resume: { activity: 'resumeStudy', description: 'Continues a paused study. No input.', fields: [] },
  resumeProvider: {
    activity: 'resumeProvider',
    description: 'Asks a provider again that waits for a person. Input: {"provider": "openai"}',
    fields: ['provider'],
    check: checkProvider,
  },
  raiseBudget: {
    activity: 'raiseBudget',
    description: 'Changes the cap on spending. Input: {"usd": 250}',
    fields: ['usd'],
    check: checkRaiseBudget,
  },
  changeRates: {
    activity: 'changeRates',
    description:
      'Changes what it names of a rate. Input: {"model": "openai/gpt-4", "requestsPerMinute": 60, "tokensPerMinute": 9000, "concurrency": 8}',
    fields: ['model', ...RATE_PARTS],
    check: checkRates,
  },
  skip: {
    activity: 'amendCell',
    description:
      'Gives a cell up; without "why" takes it back. Input: {"cell": "tiny/1,2,3/k3/held-out", "why": "..."}',
    fields: ['cell', 'why'],
    check: checkSkip,
    amends: true,
  },
  redo: {
    activity: 'redoFailed',
    description: 'Tries failed calls and arms again. Input: {}, or {"cell": "tiny/1,2,3/k3/held-out"}',
    fields: ['cell'],
    check: checkRedo,
    amends: true,
  },
} as const satisfies {
  readonly [Name in MessageName]: Message<InputOf<Name>> & { readonly fields: readonly (keyof InputOf<Name>)[] };
};

export const MESSAGE_NAMES = Object.keys(MESSAGES) as readonly MessageName[];
export type MessageActivity = (typeof MESSAGES)[MessageName]['activity'];
export const MESSAGE_ACTIVITIES: readonly MessageActivity[] = MESSAGE_NAMES.map((name) => MESSAGES[name].activity);

export const messageOf = (name: MessageName): Message => MESSAGES[name];

/** Throws `UserError` for input that makes no sense in any state of the study. */
export function checkMessage(name: MessageName, input: unknown, models: readonly string[]): void {
  const { fields, check } = messageOf(name);
  if (fields.length === 0) return;
  if (typeof input !== 'object' || input === null)
    throw new UserError('The message has no input.', 'Give it one object.');
  // A misspelt name would silently change nothing.
  const strange = Object.keys(input).find((key) => !fields.includes(key));
  if (strange !== undefined)
    throw new UserError(`This message has no "${strange}".`, `What it may name: ${fields.join(', ')}.`);
  check?.(input as never, models);
}

/** How a refusal travels through Temporal: the remedy in the message too, as the Web UI shows nothing else. */
export const refusalOf = ({ message, remedy }: UserError) => ({
  type: FAILURES.refused,
  message: `${message}\n${remedy}`,
  nonRetryable: true,
  // The operator made the mistake and sees this answer, so workers log no warning.
  category: 'BENIGN' as const,
});

/** The mistake that `refusalOf` described. */
export function readRefusal(text: string): UserError {
  const [message = text, ...remedy] = text.split('\n');
  return new UserError(message, remedy.join('\n'));
}
