/**
 * `etude score`: metrics of runs that others released. It takes no home, and has a layout of its own as a further word.
 */
import type { Command } from 'commander';
import { makeTerminal } from '../client/terminal/terminal.ts';
import type { ScoreFlags } from './score-folder.ts';

export function addScore(program: Command): void {
  program
    .command('score')
    .description('metrics of released runs, recomputed from their files')
    .command('skill-mix <folder>')
    .description(
      'a folder of k{k}_s{seed}_v{version}_r{round}/{student}/graded/by_{grader}_on_text_1_{grading}_{version}',
    )
    .requiredOption('--student <name>', 'the student, as its folder is named')
    .requiredOption('--grader <name>', 'the grader, as its folders are named')
    .option('--k <list>', 'for example 2,3,4 (default: all that are there)')
    .option('--rounds <list>', 'rounds of generation (default: 1,2,3 and what else is there)')
    .option('--gradings <list>', 'gradings of each text (default: 1,2,3 and what else is there)')
    .option('--deduct-names', 'a skill that the text names earns nothing', false)
    .option('--drop-skills <list>', 'leave out combinations with one of these skills')
    .option(
      '--missing <rule>',
      'zero: missing points count as 0; drop: their combinations are left out; bounds: as drop, with the worst and best case',
      'zero',
    )
    .option('--json', 'print one JSON value')
    .action(async (folder: string, options: ScoreFlags & { json?: boolean }) => {
      const { scoreFolder } = await import('./score-folder.ts');
      scoreFolder(folder, options, makeTerminal({ json: options.json === true }));
    });
}
