/** Declares `etude skip`, `redo` and `cancel`. */
import type { Command } from 'commander';
import { makeTerminal } from '../terminal/terminal.ts';

interface Shared {
  readonly home?: string;
  readonly json?: boolean;
}

const HOME = ['--home <dir>', 'home of ledger, store and outputs (default: ETUDE_HOME, else this checkout)'] as const;
const JSON_VALUE = ['--json', 'print one JSON value'] as const;

const terminalOf = ({ json }: Shared) => makeTerminal({ json: json === true });

export function addAmendments(program: Command): void {
  program
    .command('skip <study> <cell>')
    .description('give a cell of a study up, as `tiny/1,2,3/k3/held-out`: what it lacks is missing')
    .option('--why <reason>', 'stands in results and report')
    .option('--undo', 'take it back', false)
    .option(...HOME)
    .option(...JSON_VALUE)
    .action(async (study: string, cell: string, options: Shared & { why?: string; undo: boolean }) =>
      (await import('./skip.ts')).skipCell({ study, cell }, options, terminalOf(options)),
    );
  program
    .command('redo <study>')
    .description('try failed calls and arms of a study again; no valid reply is asked for twice')
    .option('--cell <cell>', 'only in this cell')
    .option(...HOME)
    .option(...JSON_VALUE)
    .action(async (study: string, options: Shared & { cell?: string }) =>
      (await import('./redo.ts')).redoStudy(study, options, terminalOf(options)),
    );
  program
    .command('cancel <study>')
    .description('stop a study and everything of it, until it is started again; what is done stays')
    .option(...HOME)
    .option(...JSON_VALUE)
    .action(async (study: string, options: Shared) =>
      (await import('./cancel.ts')).cancelStudy(study, options, terminalOf(options)),
    );
}
