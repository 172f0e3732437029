/** The command line of Etude. Every command has `--json`, exits 0 only on success and explains a user's mistake. */
import { Command } from 'commander';
import { UserError } from '../contracts/failures.ts';
import { COMMANDS, GROUPS } from './command-table.ts';
import type { CommandSpec } from './command.ts';
import { explainError, makeTerminal, type Terminal } from './terminal/terminal.ts';

type Run = (...given: unknown[]) => void | Promise<void>;

const program = new Command('etude')
  .description('Durable studies of skill composition in language models.')
  // Mistakes in arguments are printed like all other errors, at the end of this file.
  .configureOutput({ writeErr: () => undefined })
  .exitOverride();

function declare({ usage, description, options, load, helpAfter, homeless }: CommandSpec): void {
  const [, group, rest = ''] = /^(?:(\S+) (?=[a-z]))?(.*)$/.exec(usage) ?? [];
  const declared = (group === undefined ? program : groupOf(group)).command(rest).description(description);
  for (const [name, { of, required, ...option }] of Object.entries(options)) {
    const flags = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}${of === undefined ? '' : ` ${of}`}`;
    const made = declared.createOption(flags, option.description).makeOptionMandatory(required === true);
    if (option.parse) made.argParser(option.parse);
    if (option.standard !== undefined) made.default(option.standard);
    declared.addOption(made);
  }
  if (!homeless)
    declared.option('--home <dir>', 'home of ledger, store and outputs (default: ETUDE_HOME, else this checkout)');
  if (helpAfter !== undefined) declared.addHelpText('after', helpAfter);
  declared.option('--json', 'print one JSON value').action(async (...given: unknown[]) => {
    // Commander adds itself.
    const [values, chosen] = [given.slice(0, -2), given.at(-2) as { readonly json?: boolean }];
    const run = (await load()) as Run;
    const terminal: Terminal = makeTerminal({ json: chosen.json === true });
    await run(...values, chosen, terminal);
  });
}

/** Commands of one kind below a name of their own. */
const groupOf = (name: string): Command =>
  program.commands.find((known) => known.name() === name) ?? program.command(name).description(GROUPS[name] ?? '');

for (const spec of COMMANDS) declare(spec);

/** Turns an error of the argument parser into a `UserError` with a remedy, without the parser's prefix. */
function asMistake(error: unknown, code: string | undefined): unknown {
  if (!code?.startsWith('commander.') || !(error instanceof Error)) return error;
  const message = code === 'commander.help' ? 'a command is needed.' : error.message.replace(/^error: /, '');
  return new UserError(message, 'See `./etude --help`, or `./etude COMMAND --help`.', { cause: error });
}

const json = process.argv.includes('--json');
try {
  await program.parseAsync();
} catch (error) {
  const { code, exitCode } = error as { code?: string; exitCode?: number };
  if (exitCode !== 0) process.stderr.write(`${explainError(asMistake(error, code), json)}\n`);
  // Exits at once: after an interrupt, the command may still wait for something that does not matter any more.
  process.exit(exitCode ?? 1);
}
