/** What a person may tell a running study: inputs, results, and what makes no sense whatever the study's state. */
import { FAILURES, UserError } from './failures.ts';
import type { Rate } from './study.ts';

export interface PauseResult {
  readonly paused: boolean;
}

export interface ResumeProviderInput {
  readonly provider: string;
}
export interface ResumeProviderResult extends ResumeProviderInput {
  /** Why its work was held. */
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

/** These throw `UserError`. `models`: the names that rates may be given for. */
export function checkRaiseBudget(input: RaiseBudgetInput): void {
  requireOnly(input, ['usd']);
  const { usd } = input;
  if (typeof usd === 'number' && usd > 0 && usd <= MOST_USD) return;
  throw new UserError(`A cap cannot be ${usd}: it is a number of US dollars above 0.`, 'As in `--usd 250`.');
}

export function checkProvider(input: ResumeProviderInput, models: readonly string[]): void {
  requireOnly(input, ['provider']);
  const { provider } = input;
  const known = providersOf(models);
  if (known.includes(provider)) return;
  throw new UserError(`The study has no provider "${provider}".`, `Its providers: ${known.join(', ')}.`);
}

const providersOf = (models: readonly string[]): string[] => [
  ...new Set(models.filter((name) => name.includes('/')).map((name) => name.slice(0, name.indexOf('/')))),
];

export const RATE_PARTS = ['requestsPerMinute', 'tokensPerMinute', 'concurrency'] as const;

export function checkRates(input: ChangeRatesInput, models: readonly string[]): void {
  requireOnly(input, ['model', ...RATE_PARTS]);
  const { model } = input;
  if (!models.includes(model))
    throw new UserError(`The study has no model "${model}".`, `Its models: ${models.join(', ')}.`);
  const named = RATE_PARTS.filter((part) => input[part] !== undefined);
  if (named.length === 0)
    throw new UserError(
      `Nothing to change for ${model} was named.`,
      'Name requests or tokens per minute, or concurrency: `--rpm`, `--tpm`, `--concurrency`.',
    );
  if (!model.includes('/') && named.includes('tokensPerMinute'))
    throw new UserError(
      `${model} is a student, which is served here and has no token rate.`,
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

export function checkSkip(input: SkipInput): void {
  requireOnly(input, ['cell', 'why']);
  const { cell, why } = input;
  if (typeof cell !== 'string' || cell === '')
    throw new UserError('No cell was named.', 'Name one, as `tiny/1,2,3/k3/held-out`.');
  if (why === undefined || (typeof why === 'string' && why.trim() !== '')) return;
  throw new UserError('A cell is given up for a reason, which the results will name.', 'Say it with `--why "..."`.');
}

export function checkRedo(input: RedoInput): void {
  requireOnly(input, ['cell']);
  const { cell } = input;
  if (cell === undefined || (typeof cell === 'string' && cell !== '')) return;
  throw new UserError('That is no cell.', 'Name one, as `tiny/1,2,3/k3/held-out`, or none for all of the study.');
}

/** A part of another name is a slip of the pen, and would change nothing. */
function requireOnly(input: object, known: readonly string[]): void {
  const strange = Object.keys(input).find((key) => !known.includes(key));
  if (strange === undefined) return;
  throw new UserError(`This message has no "${strange}".`, `What it may name: ${known.join(', ')}.`);
}

/** How a refusal travels through Temporal: the remedy in the message too, as the Web UI shows nothing else. */
export const refusalOf = ({ message, remedy }: UserError) => ({
  type: FAILURES.refused,
  message: `${message}\n${remedy}`,
  nonRetryable: true,
  // A person's mistake, which is told to that person: no worker warns of it.
  category: 'BENIGN' as const,
});

/** The mistake that `refusalOf` described. */
export function readRefusal(text: string): UserError {
  const [message = text, ...remedy] = text.split('\n');
  return new UserError(message, remedy.join('\n'));
}
