/** The command line of Etude. Every command has `--json`, exits 0 only on success and explains a user's mistake. */
import { Command } from 'commander';
import { UserError } from '../contracts/failures.ts';
import { addScore } from '../skill-mix/score-command.ts';
import { addAmendments } from './commands/add-amendments.ts';
import { addExport } from './commands/export.ts';
import { addImport } from './commands/import.ts';
import { explainError, makeTerminal, type Terminal } from './terminal/terminal.ts';

interface Shared {
  readonly home?: string;
  readonly json?: boolean;
}

/** Takes the options that its command declares below. */
type Handler = (argument: string, options: never, terminal: Terminal) => Promise<void>;

const program = new Command('etude')
  .description('Durable studies of skill composition in language models.')
  // Mistakes in arguments are told like all others, below.
  .configureOutput({ writeErr: () => undefined })
  .exitOverride();

/** Commands are loaded when they are called: `--help` and `status` stay quick. */
function command(usage: string, description: string, load: () => Promise<Handler>): Command {
  return program
    .command(usage)
    .description(description)
    .option('--home <dir>', 'home of ledger, store and outputs (default: ETUDE_HOME, else this checkout)')
    .option('--json', 'print one JSON value')
    .action(async (...given: unknown[]) => {
      const options = given[given.length - 2] as Shared;
      const argument = typeof given[0] === 'string' ? given[0] : '';
      const handle = await load();
      await handle(argument, options as never, makeTerminal({ json: options.json === true }));
    });
}

command(
  'plan <file>',
  'what a study will ask, cost and differ in, without starting it',
  async () => (await import('./commands/plan.ts')).showPlan,
);
command(
  'start <file>',
  'run a study to its report; join or go on with one that was started',
  async () => (await import('./commands/start.ts')).startStudy,
)
  .option('--replace', 'give up the old plan and outputs of a study with this name; no reply is lost', false)
  .option('--retry-failed', 'try what failed in a finished study again: calls and arms', false)
  .addHelpText(
    'after',
    [
      '',
      'Exit status: 0 when the study is finished and has everything that was planned; 3 when it is finished with gaps',
      '(texts, gradings or arms that failed: printed at the end, and listed in `status`, gaps.json and the report);',
      '130 after Ctrl-C, 143 after SIGTERM, 1 on any error.',
    ].join('\n'),
  );
command('status [study]', 'how far studies are', async () => (await import('./commands/status.ts')).showStatus);
command(
  'report <study>',
  'write results and report again, offline and for nothing',
  async () => (await import('./commands/report.ts')).reportStudy,
);
command(
  'pause <study>',
  'let calls in flight end and send none, until resume',
  async () => (await import('./commands/pause.ts')).pauseStudy,
);
command(
  'resume <study>',
  'go on with a paused study, or with a provider of it that waits for a person',
  async () => (await import('./commands/resume.ts')).resumeStudy,
).option('--provider <name>', 'ask this provider again, after its key or account was mended');
command(
  'raise-budget <study>',
  'change the cap on spending of a study, also while it runs',
  async () => (await import('./commands/raise-budget.ts')).raiseBudget,
).requiredOption('--usd <amount>', 'the new cap in US dollars');
command(
  'rates <study>',
  'change how fast a model is asked, also while the study runs',
  async () => (await import('./commands/rates.ts')).changeRates,
)
  .requiredOption('--model <name>', 'as in `rates` of the study file: provider/model, or a student')
  .option('--rpm <n>', 'requests per minute')
  .option('--tpm <n>', 'tokens per minute')
  .option('--concurrency <n>', 'requests in flight at most');
addAmendments(program);
addExport(program);
addImport(program);
command(
  'backup <dir>',
  'copy a home, also one at work, into a folder that is a home too',
  async () => (await import('./commands/backup.ts')).backUp,
);
command(
  'ui',
  'serve the Temporal Web UI of this home until Ctrl-C',
  async () => (await import('./commands/ui.ts')).serveUi,
);
command(
  'worker',
  'run one more worker of a started home, on this machine, until Ctrl-C',
  async () => (await import('./commands/worker.ts')).runWorker,
);
command(
  'lab',
  'serve the lab models on this machine until Ctrl-C; a study names their addresses as `endpoint`',
  async () => (await import('./commands/lab.ts')).serveLab,
)
  .option('--openai-port <port>', 'port of the OpenAI protocol (default: a free one)')
  .option('--anthropic-port <port>', 'port of the Anthropic protocol (default: a free one)')
  .option('--faults <file or JSON>', 'what goes wrong on purpose (lab/servers/faults.ts)')
  .option('--request-log <file>', 'gets one JSON line per request')
  .option('--state <folder>', 'keeps the batches, so that they outlive the lab');
addScore(program);
command(
  'calibrate <study>',
  'what another grading prompt changes, on texts of a finished study',
  async () => (await import('./commands/calibrate.ts')).calibrateStudy,
)
  .requiredOption('--variant <name>', 'a grader prompt of the catalog, as `structured`')
  .option('--texts <n>', 'how many texts (default: 200)')
  .option('--grader <id>', "one of the study's graders (default: the first)")
  .option('--yes', 'pay for gradings that are not in the ledger', false);
command('doctor', 'check and set up what Etude needs', async () => (await import('./commands/doctor.ts')).checkSetUp);

/** Commander's own words, without its prefix. */
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
  // What an interrupted command was still waiting for keeps it no longer.
  process.exit(exitCode ?? 1);
}
