/** Every command: a handler in `commands/` and its entry here, from which its options, its help and `--json` follow. */
import { InvalidArgumentError } from 'commander';
import type { MessageName } from '../contracts/messages.ts';
import { command, flag, parsed, parsedOr, required, text, textOr } from './command.ts';

const whole = (least: number) => (given: string) => {
  if (!/^\d{1,9}$/.test(given) || Number(given) < least)
    throw new InvalidArgumentError(`It is a whole number from ${least} on.`);
  return Number(given);
};

const START_HELP = [
  '',
  'Exit status: 0 when the study is finished and has everything that was planned; 3 when it is finished with gaps',
  '(texts, gradings or arms that failed: printed at the end, and listed in `status`, gaps.json and the report);',
  '130 after Ctrl-C, 143 after SIGTERM, 1 on any error.',
].join('\n');

/** What the commands below one name have in common. */
export const GROUPS: Readonly<Record<string, string>> = {
  score: 'metrics of released runs, recomputed from their files',
};

export const COMMANDS = [
  command({
    usage: 'plan <file>',
    description: 'what a study will ask, cost and differ in, without starting it',
    load: async () => (await import('./commands/plan.ts')).showPlan,
  }),
  command({
    usage: 'start <file>',
    description: 'run a study to its report; join or continue one that was started',
    options: {
      replace: flag('give up the old plan and outputs of a study with this name; no reply is lost'),
      retryFailed: flag('try what failed in a finished study again: calls and arms'),
      detach: flag('run in the background, without a terminal; see `attach` and `stop`'),
    },
    helpAfter: START_HELP,
    load: async () => (await import('./commands/start.ts')).startStudy,
  }),
  command({
    usage: 'preflight <file>',
    description: 'ask each model one tiny thing with its parameters, and look at keys, hub models, GPUs and disk',
    load: async () => (await import('./commands/preflight.ts')).preflight,
  }),
  command({
    usage: 'status [study]',
    description: 'progress, cost and waits of studies',
    options: { exitCode: flag('say by the exit status how the study is: see docs/unattended.md') },
    load: async () => (await import('./commands/status.ts')).showStatus,
  }),
  command({
    usage: 'attach',
    description: 'show what a study says that was started with --detach, until it ends or Ctrl-C',
    load: async () => (await import('./commands/background.ts')).attach,
  }),
  command({
    usage: 'stop',
    description: 'end what works on the home, in order; the same start command continues it',
    load: async () => (await import('./commands/background.ts')).stop,
  }),
  command({
    usage: 'report <study>',
    description: 'write results and report again, without a server or a call',
    load: async () => (await import('./commands/report.ts')).reportStudy,
  }),
  command({
    usage: 'show <study> [what]',
    description: 'a cell, a text (`tiny/1,2/k3/held-out/7`) or a call (by its key), with exact prompts and replies',
    load: async () => (await import('./commands/texts/show.ts')).showTexts,
  }),
  command({
    usage: 'pause <study>',
    description: 'let calls in flight end and send none, until resume',
    sends: ['pause'],
    load: async () => (await import('./commands/pause.ts')).pauseStudy,
  }),
  command({
    usage: 'resume <study>',
    description: 'continue a paused study, or ask a provider of it again that waits for a person',
    options: { provider: text('<name>', 'ask this provider again, after its key or account was put right') },
    sends: ['resume', 'resumeProvider'],
    load: async () => (await import('./commands/resume.ts')).resumeStudy,
  }),
  command({
    usage: 'raise-budget <study>',
    description: 'change the cap on spending of a study, also while it runs',
    options: { usd: required('<amount>', 'the new cap in US dollars') },
    sends: ['raiseBudget'],
    load: async () => (await import('./commands/raise-budget.ts')).raiseBudget,
  }),
  command({
    usage: 'rates <study>',
    description: 'change how fast a model is asked, also while the study runs',
    options: {
      model: required('<name>', 'as in `rates` of the study file: provider/model, or a student'),
      rpm: text('<n>', 'requests per minute'),
      tpm: text('<n>', 'tokens per minute'),
      'input-tpm': text('<n>', 'tokens of prompts per minute'),
      'output-tpm': text('<n>', 'tokens of replies per minute'),
      concurrency: text('<n>', 'requests in flight at most'),
      'batch-requests': text('<n>', 'requests in batches at the provider at most'),
      'batch-tokens': text('<n>', 'input tokens in batches at the provider at most'),
    },
    sends: ['changeRates'],
    load: async () => (await import('./commands/rates.ts')).changeRates,
  }),
  command({
    usage: 'skip <study> <cell>',
    description: 'give a cell of a study up, as `tiny/1,2,3/k3/held-out`: what it lacks is missing',
    options: { why: text('<reason>', 'is named in results and report'), undo: flag('take it back') },
    sends: ['skip'],
    load: async () => (await import('./commands/skip.ts')).skipCell,
  }),
  command({
    usage: 'redo <study>',
    description: 'try failed calls and arms of a study again; no valid reply is asked for twice',
    options: { cell: text('<cell>', 'only in this cell') },
    sends: ['redo'],
    load: async () => (await import('./commands/redo.ts')).redoStudy,
  }),
  command({
    usage: 'cancel <study>',
    description: 'stop a study and everything of it, until it is started again; what is done stays',
    load: async () => (await import('./commands/cancel.ts')).cancelStudy,
  }),
  command({
    usage: 'export <study>',
    description: 'texts for people to judge, without arm, model or grades (--blind), as a spreadsheet and JSON lines',
    options: {
      blind: flag('required: there is no other export'),
      texts: parsedOr('<n>', 'how many, in the shares of arms, k and texts on which graders differ', {
        parse: whole(1),
        standard: 100,
      }),
      seed: parsed('<n>', "of the draw and the order (default: the study's)", whole(0)),
      out: text('<dir>', 'where the files go (default: runs/<study>/people in the home)'),
    },
    load: async () => (await import('./commands/texts/export.ts')).exportTexts,
  }),
  command({
    usage: 'import <study> <file>',
    description: 'take in the points that a person gave to exported texts, and write results and report again',
    options: {
      person: required('<name>', 'who gave them: a name or pseudonym, which results name'),
      replace: flag('let the file change points that this person gave before'),
    },
    load: async () => (await import('./commands/texts/import.ts')).importFile,
  }),
  command({
    usage: 'backup <dir>',
    description: 'copy a home, also while it is in use, into a folder that is a home too',
    load: async () => (await import('./commands/backup.ts')).backUp,
  }),
  command({
    usage: 'ui',
    description: 'serve the Temporal Web UI of this home until Ctrl-C',
    load: async () => (await import('./commands/ui.ts')).serveUi,
  }),
  command({
    usage: 'worker',
    description: 'run one more worker of a started home, on this machine, until Ctrl-C',
    load: async () => (await import('./commands/worker.ts')).runWorker,
  }),
  command({
    usage: 'lab',
    description: 'serve the lab models on this machine until Ctrl-C; a study names their addresses as `endpoint`',
    options: {
      openaiPort: text('<port>', 'port of the OpenAI protocol (default: a free one)'),
      anthropicPort: text('<port>', 'port of the Anthropic protocol (default: a free one)'),
      faults: text('<file or JSON>', 'what goes wrong on purpose (lab/servers/faults.ts)'),
      requestLog: text('<file>', 'gets one JSON line per request'),
      state: text('<folder>', 'keeps the batches, so that they outlive the lab'),
    },
    load: async () => (await import('./commands/lab.ts')).serveLab,
  }),
  command({
    usage: 'score skill-mix <folder>',
    description:
      'a folder of k{k}_s{seed}_v{version}_r{round}/{student}/graded/by_{grader}_on_text_1_{grading}_{version}',
    options: {
      student: required('<name>', 'the student, as its folder is named'),
      grader: required('<name>', 'the grader, as its folders are named'),
      k: text('<list>', 'for example 2,3,4 (default: all that are there)'),
      rounds: text('<list>', 'rounds of generation (default: 1,2,3 and what else is there)'),
      gradings: text('<list>', 'gradings of each text (default: 1,2,3 and what else is there)'),
      deductNames: flag('a skill that the text names earns nothing'),
      dropSkills: text('<list>', 'leave out combinations with one of these skills'),
      missing: textOr(
        '<rule>',
        'zero: missing points count as 0; drop: their combinations are left out; bounds: as drop, with the worst and best case',
        'zero',
      ),
    },
    homeless: true,
    load: async () => (await import('../skill-mix/score-folder.ts')).scoreFolder,
  }),
  command({
    usage: 'calibrate <study>',
    description: 'what another grading prompt changes, on texts of a finished study',
    options: {
      variant: required('<name>', 'a grader prompt of the catalog, as `structured`'),
      texts: text('<n>', 'how many texts (default: 200)'),
      grader: text('<id>', "one of the study's graders (default: the first)"),
      yes: flag('pay for gradings that are not in the ledger'),
    },
    load: async () => (await import('./commands/calibrate.ts')).calibrateStudy,
  }),
  command({
    usage: 'doctor',
    description: 'check and set up what Etude needs',
    load: async () => (await import('./commands/doctor.ts')).checkSetUp,
  }),
] as const;

type NoneOf<Names extends never> = Names;
/** An error here names messages that no command sends. */
export type Unsent = NoneOf<Exclude<MessageName, (typeof COMMANDS)[number]['sends'][number]>>;
