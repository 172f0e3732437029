/** `etude skip STUDY CELL`: skips a cell, or undoes that. */
import { UserError } from '../../contracts/failures.ts';
import { sendMessage } from '../running/send-message.ts';
import type { Terminal } from '../terminal/terminal.ts';

interface Options {
  readonly home?: string;
  readonly why?: string;
  readonly undo: boolean;
}

export async function skipCell(
  study: string,
  cell: string,
  { home, why, undo }: Options,
  terminal: Terminal,
): Promise<void> {
  if (undo === (why !== undefined))
    throw new UserError(
      'Skipping a cell needs a reason, which the results will name.',
      'Add `--why "..."`; or `--undo` to undo a skip.',
    );
  const input = { cell, ...(why === undefined ? {} : { why }) };
  const done = await sendMessage('skip', { study, home, input });
  terminal.finish({ study, ...done }, () =>
    terminal.say(
      done.skipped
        ? `Cell ${done.cell} of study ${study} is skipped: replies that it has count, all others are missing. Undo this with \`--undo\`.`
        : `Cell ${done.cell} of study ${study} is not skipped any more: its open calls are made before the study is analysed.`,
    ),
  );
}
