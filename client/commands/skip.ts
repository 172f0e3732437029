/** `etude skip STUDY CELL`: gives a cell up, or takes that back. */
import { UserError } from '../../contracts/failures.ts';
import { tellStudy } from '../running/tell-study.ts';
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
      'To give a cell up takes a reason, which the results will name.',
      'Add `--why "..."`; or `--undo` to take a skip back.',
    );
  const input = { cell, ...(why === undefined ? {} : { why }) };
  const done = await tellStudy('skip', { study, home, input });
  terminal.finish({ study, ...done }, () =>
    terminal.say(
      done.skipped
        ? `Cell ${done.cell} of study ${study} is given up: what it has counts, what it lacks is missing. \`--undo\` takes that back.`
        : `Cell ${done.cell} of study ${study} is asked again, before the study is analysed.`,
    ),
  );
}
