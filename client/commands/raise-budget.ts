/** `etude raise-budget STUDY`: another cap on spending, also while the study runs. */
import { formatDollars } from '../../domain/report/page/format.ts';
import { sendMessage } from '../running/send-message.ts';
import { readNumber } from '../terminal/read-number.ts';
import type { Terminal } from '../terminal/terminal.ts';

interface Options {
  readonly home?: string;
  readonly usd: string;
}

export async function raiseBudget(study: string, { home, usd: given }: Options, terminal: Terminal): Promise<void> {
  const usd = readNumber('--usd', given);
  const { before, spent } = await sendMessage('raiseBudget', { study, home, input: { usd } });
  terminal.finish({ study, usd, before, spent }, () =>
    terminal.say(
      `Study ${study}: cap $${usd} (before: ${before === null ? 'none' : `$${before}`}), ${formatDollars(spent)} spent. It applies until \`limits\` in the study file change.`,
    ),
  );
}
