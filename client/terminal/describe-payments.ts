/** Describes what a study has paid, for `status`: the sum, and a line for each phase and model. */
import type { PaymentRow, Sum } from '../../contracts/payments.ts';
import { formatDollars } from '../../domain/report/page/format.ts';

export interface Budget {
  readonly spentUsd: number;
  readonly reservedUsd: number;
  readonly capUsd: number | null;
}

export function describeBudget({ spentUsd, reservedUsd, capUsd }: Budget): string {
  const reserved = reservedUsd > 0 ? `, ${formatDollars(reservedUsd)} reserved for requests in flight` : '';
  return `${formatDollars(spentUsd)} spent${capUsd === null ? '' : ` of a cap of $${capUsd}`}${reserved}`;
}

/** One line for a phase and model: counts, with sums in dollars if the model has a price. */
export function describePayment({ phase, model, replies, reasks, abandoned, errors }: PaymentRow): string {
  const parts = [
    `${count(replies.calls, 'reply', 'replies')}${cost(replies)}`,
    ...(reasks.calls > 0 ? [`of these ${count(reasks.calls, 're-ask')} of unreadable gradings${cost(reasks)}`] : []),
    ...(abandoned.calls > 0 ? [`${abandoned.calls.toLocaleString('en')} abandoned${paid(abandoned)}`] : []),
    ...(errors > 0 ? [`${count(errors, 'error')}, not paid`] : []),
  ];
  return `${phase.padEnd(9)} ${model}  ${parts.join('; ')}`;
}

const cost = ({ usd }: Sum): string => (usd > 0 ? ` ${formatDollars(usd)}` : '');
const paid = ({ usd }: Sum): string => (usd > 0 ? `, ${formatDollars(usd)} counted as paid` : '');

const count = (calls: number, noun: string, plural = `${noun}s`): string =>
  `${calls.toLocaleString('en')} ${calls === 1 ? noun : plural}`;
