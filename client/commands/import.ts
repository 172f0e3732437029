/** `etude import`: the points that a person gave to exported texts. Declared here, as it takes two arguments. */
import type { Command } from 'commander';
import { makeTerminal } from '../terminal/terminal.ts';
import type { ImportFlags } from './import-file.ts';

export function addImport(program: Command): void {
  program
    .command('import <study> <file>')
    .description('take in the points that a person gave to exported texts, and write results and report again')
    .requiredOption('--person <name>', 'who gave them: a name or pseudonym, which stands in the results')
    .option('--replace', 'let the file change points that this person gave before', false)
    .option('--home <dir>', 'home of ledger, store and outputs (default: ETUDE_HOME, else this checkout)')
    .option('--json', 'print one JSON value')
    .action(async (study: string, file: string, options: ImportFlags & { json?: boolean }) => {
      const { importFile } = await import('./import-file.ts');
      await importFile({ study, file }, options, makeTerminal({ json: options.json === true }));
    });
}
