/** `etude export --blind`: texts for people to judge, without who wrote them. Declared here, with options of its own. */
import { InvalidArgumentError, type Command } from 'commander';
import { makeTerminal } from '../terminal/terminal.ts';
import type { ExportFlags } from './export-texts.ts';

export function addExport(program: Command): void {
  program
    .command('export <study>')
    .description('texts for people to judge, without arm, model or grades (--blind), as a spreadsheet and JSON lines')
    .option('--blind', 'required: there is no other export', false)
    .option('--texts <n>', 'how many, in the shares of arms, k and texts on which graders differ', readWhole(1), 100)
    .option('--seed <n>', "of the draw and the order (default: the study's)", readWhole(0))
    .option('--out <dir>', 'where the files go (default: runs/<study>/people in the home)')
    .option('--home <dir>', 'home of ledger, store and outputs (default: ETUDE_HOME, else this checkout)')
    .option('--json', 'print one JSON value')
    .action(async (study: string, options: ExportFlags & { json?: boolean }) => {
      const { exportTexts } = await import('./export-texts.ts');
      await exportTexts(study, options, makeTerminal({ json: options.json === true }));
    });
}

const readWhole = (least: number) => (given: string) => {
  if (!/^\d{1,9}$/.test(given) || Number(given) < least)
    throw new InvalidArgumentError(`It is a whole number from ${least} on.`);
  return Number(given);
};
