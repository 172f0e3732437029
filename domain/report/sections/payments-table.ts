/** What the study itself paid, by phase and model; re-asks and abandoned requests are shown apart. */
import { html } from 'hono/html';
import type { PaymentRow, Sum } from '../../../contracts/payments.ts';
import { formatCount, formatUsd } from '../page/format.ts';
import { type Html, renderTable } from '../page/markup.ts';

const counted = ({ calls, usd }: Sum): string =>
  calls === 0 ? '0' : `${formatCount(calls)}${usd > 0 ? ` ($${formatUsd(usd)})` : ''}`;

export function renderPayments(rows: readonly PaymentRow[]): Html {
  return renderTable<PaymentRow>({
    caption: html`<b>What this study paid, by phase and model.</b> Every request that it sent, as its cap counts it;
      replies that another study of the same home paid for are not in it. Re-asks repeat a grading that could not be
      read. Abandoned: the fate of the request is unknown (a kill, a cut, a deadline), so it counts as paid for the most
      that it may have cost, and was sent again. Errors cost nothing.`,
    columns: [
      { head: 'phase', kind: 'text', cell: ({ phase }) => phase },
      { head: 'model', kind: 'text', cell: ({ model }) => model },
      { head: 'replies', cell: ({ replies }) => formatCount(replies.calls) },
      { head: 'of these re-asks', cell: ({ reasks }) => counted(reasks) },
      { head: 'abandoned', cell: ({ abandoned }) => counted(abandoned) },
      { head: 'errors', cell: ({ errors }) => formatCount(errors) },
      { head: 'input tokens', cell: ({ inputTokens }) => formatCount(inputTokens) },
      { head: 'output tokens', cell: ({ outputTokens }) => formatCount(outputTokens) },
      { head: 'USD', cell: ({ usd }) => formatUsd(usd) },
    ],
    groups: [{ rows }],
    empty: 'This study sent no request of its own.',
    wide: true,
  });
}
