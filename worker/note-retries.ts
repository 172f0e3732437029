/** Notes in the ledger what fails again and again, so that a person is told; holds what is an error of the program. */
import { ApplicationFailure, CancelledFailure } from '@temporalio/common';
import type { ActivityInterceptorsFactory } from '@temporalio/worker';
import type { Ledger } from '../activities/ledger/ledger.ts';
import { forgetRetry, isHeldRetry, noteRetry } from '../activities/ledger/retries.ts';
import { FAILURES } from '../contracts/failures.ts';

/** The first failure is mostly the last: it costs no write. */
const NOTED_FROM = 2;
const MISTAKES_FROM = 20;
const HELD_RETRY = '1 minute';
const MOST_OF_FAULT = 300;

/** What a person is told of by other means, or has asked for. */
const TOLD_ELSEWHERE: ReadonlySet<unknown> = new Set([FAILURES.paused, FAILURES.held, FAILURES.budget, FAILURES.pace]);

/** No outage and no full disk: the same code will fail on the same data in the same way. */
const MISTAKES: ReadonlySet<string> = new Set([
  'TypeError',
  'ReferenceError',
  'RangeError',
  'SyntaxError',
  'EvalError',
  'AssertionError',
  'ZodError',
  '$ZodError',
]);

export const noteRetries =
  ({ tables }: Pick<Ledger, 'tables'>): ActivityInterceptorsFactory =>
  ({ info }) => ({
    inbound: {
      async execute(input, next) {
        const { attempt, activityId: activity, activityType: type } = info;
        const workflow = info.workflowExecution?.workflowId ?? '';
        const place = { workflow, activity };
        const forget = () => (attempt < NOTED_FROM ? undefined : forgetRetry(tables, place).catch(() => undefined));
        if (attempt > MISTAKES_FROM && (await isHeldRetry(tables, place))) throw heldFailure();
        try {
          const result = await next(input);
          await forget();
          return result;
        } catch (error) {
          if (isOver(error) || TOLD_ELSEWHERE.has((error as { type?: unknown }).type)) await forget();
          else if (attempt >= NOTED_FROM) {
            const held = isMistake(error) && attempt >= MISTAKES_FROM;
            const study = workflow.split('/')[0] ?? '';
            // A ledger that cannot be written to is told by what fails with it.
            await noteRetry(tables, { ...place, study, type, attempt, held, fault: describe(error) }).catch(
              () => undefined,
            );
            if (held) throw heldFailure(error);
          }
          throw error;
        }
      },
    },
  });

const isOver = (error: unknown): boolean =>
  error instanceof CancelledFailure || (error instanceof ApplicationFailure && Boolean(error.nonRetryable));

export const isMistake = (error: unknown): boolean => error instanceof Error && MISTAKES.has(error.name);

const heldFailure = (cause?: unknown): ApplicationFailure =>
  ApplicationFailure.create({
    type: FAILURES.held,
    message: 'an error of the program came again and again; it waits for a person (`./etude status`)',
    nextRetryDelay: HELD_RETRY,
    ...(cause instanceof Error && { cause }),
  });

/** With the place in our code where it was thrown, for errors of the program. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, MOST_OF_FAULT);
  const place = isMistake(error) ? /([\w.-]+\.ts:\d+):\d+/.exec(error.stack ?? '')?.[1] : undefined;
  const words = isMistake(error) ? `${error.name}: ${error.message}` : error.message;
  // Each request has an id of its own: with it, no two faults would be equal.
  const line = words
    .replace(/, request [\w.:-]*[\w-]/g, '')
    .replace(/\s+/g, ' ')
    .trim()
    .slice(0, MOST_OF_FAULT);
  return place === undefined ? line : `${line} (${place})`;
}
