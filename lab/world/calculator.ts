/**
 * The lab's teacher of arithmetic: reads a start and numbered operations from its prompt, works them out step by step,
 * and makes a mistake now and then, so that the keep rule has something to reject. It reads no catalog: the prompt
 * contains every operation.
 */
import { evaluate } from '../../domain/rubric/evaluate.ts';
import { ValueError } from '../../domain/rubric/polynomial.ts';
import { writeRational, type Rational } from '../../domain/rubric/rational.ts';
import { randomOf, type ChatRequest } from './chat.ts';
import type { Random } from './random.ts';

export interface Operation {
  readonly name: string;
  /** An expression in x, where x is the result of the step before. */
  readonly apply: string;
}

interface Task {
  readonly start: string;
  readonly operations: readonly Operation[];
}

/** Probability, for each step, that its result is too large by one, and that the answer stops before it. */
const MISCOUNTS = 0.08;
const STOPS = 0.05;

export function writeAsCalculator(request: ChatRequest): string {
  const task = readTask(request.messages.findLast(({ role }) => role === 'user')?.content ?? '');
  if (!task) return 'Please give me a line "Start: ..." and numbered operations with "x becomes ...".';
  const random = randomOf(request, 'calculator');
  try {
    return `Answer: ${solve(task.start, task.operations, random)}`;
  } catch (error) {
    if (error instanceof ValueError) return `I cannot work this out: ${error.message}.`;
    throw error;
  }
}

function readTask(prompt: string): Task | undefined {
  const start = /^Start: *(.+)$/m.exec(prompt)?.[1];
  const operations = [...prompt.matchAll(/^\d+\. *([^:\n]+):.*\bx becomes (.+)$/gm)].map(
    ([, name = '', apply = '']) => ({ name: name.trim(), apply }),
  );
  return start === undefined || operations.length === 0 ? undefined : { start, operations };
}

/** For example "double 4 = 8; negate 8 = 3". Without `slips` every step is right. Throws `ValueError`. */
export function solve(start: string, operations: readonly Operation[], slips?: Random): string {
  let value = evaluate(start, { functions: true });
  const steps: string[] = [];
  for (const { name, apply } of operations) {
    if (steps.length > 0 && slips?.chance(STOPS)) break;
    const before = value;
    value = evaluate(slips?.chance(MISCOUNTS) ? `(${apply}) + 1` : apply, { functions: true, names: scopeOf(before) });
    steps.push(`${name} ${writeRational(before)} = ${writeRational(value)}`);
  }
  return steps.join('; ');
}

const scopeOf = (x: Rational): ReadonlyMap<string, Rational> => new Map([['x', x]]);
