/** `etude calibrate STUDY --variant V`: measures what another grading prompt changes, on texts of a finished study. */
import { existsSync } from 'node:fs';
import { Ledger } from '../../activities/ledger/ledger.ts';
import { openLedger } from '../../activities/ledger/open-ledger.ts';
import { findStudy, listStudies, type KnownStudy } from '../../activities/ledger/studies.ts';
import { takeEnvironment } from '../../activities/providers/take-environment.ts';
import { loadPlan, type ActivityContext } from '../../activities/shared/activity-context.ts';
import { Store } from '../../activities/shared/store.ts';
import { UserError } from '../../contracts/failures.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { Grader } from '../../contracts/study.ts';
import { calibrate, estimateGradings } from '../../domain/comparing/calibrate.ts';
import { requireKnown } from '../../domain/plan/require.ts';
import { formatDollars } from '../../domain/report/page/format.ts';
import { judgesAny } from '../../domain/rubric/rubric-checks.ts';
import { lockHome } from '../../infra/home/lock-home.ts';
import { requireHome, resolveHomeDirectory, type Home } from '../../infra/home/open-home.ts';
import { MACHINE_CLOCK } from '../../infra/processes/clock.ts';
import { ROOT } from '../../infra/setup/settings.mjs';
import { askGradings, findUngraded } from '../calibrate/ask-gradings.ts';
import { layOutCalibration, type CalibrateResult } from '../calibrate/lay-out-calibration.ts';
import { pickTexts, type PickedText } from '../calibrate/pick-texts.ts';
import { onInterrupt, type Interrupt } from '../home/interrupt.ts';
import { startLabProcess } from '../home/lab-process.ts';
import { unknownStudy } from '../home/with-study.ts';
import type { Terminal } from '../terminal/terminal.ts';

export interface CalibrateOptions {
  readonly home?: string;
  readonly variant: string;
  readonly texts?: string;
  readonly grader?: string;
  readonly yes?: boolean;
}

const DEADLINE_MS = 120_000;
const DEFAULT_TEXTS = 200;

export async function calibrateStudy(name: string, options: CalibrateOptions, terminal: Terminal): Promise<void> {
  const count = readCount(options.texts);
  const interrupt = onInterrupt('Gradings so far are kept: run the same command again to continue.');
  const home = requireHome(resolveHomeDirectory(options.home));
  if (!existsSync(home.ledger)) throw unknownStudy(name, []);
  const lock = lockHome(home, `etude calibrate ${name}`);
  const ledger = new Ledger(await openLedger(home.ledger));
  try {
    const known = await requireFinished(ledger, name);
    const context = contextOf(home, ledger);
    const plan = await loadPlan(context, known.plan);
    const graders = findGraders(plan, options);
    const texts = await pickTexts(context, plan, known.plan, count);
    const asking = { context, plan, home, texts, interrupt, terminal };
    const result = await compareVariants(asking, graders, options.yes === true);
    terminal.finish(result, () => terminal.say(layOutCalibration(result).join('\n')));
  } finally {
    await ledger.close();
    lock.release();
  }
}

function readCount(given: string | undefined): number {
  const count = Number(given ?? DEFAULT_TEXTS);
  if (Number.isInteger(count) && count > 1) return count;
  throw new UserError(`--texts ${given} is not a number of texts.`, 'Write a whole number from 2 on.');
}

async function requireFinished({ tables }: Ledger, name: string): Promise<KnownStudy> {
  const known = await findStudy(tables, name);
  if (!known) {
    const names = (await listStudies(tables)).map((study) => study.name);
    throw unknownStudy(name, names);
  }
  if (known.state === 'finished') return known;
  throw new UserError(`Study ${name} is not finished.`, 'Finish it first: `./etude start` with its file.');
}

interface Graders {
  readonly own: Grader;
  readonly variant: Grader;
}

/** The study's grader, and the same model with the same parameters under the other prompt. */
function findGraders({ science, catalog }: Plan, options: CalibrateOptions): Graders {
  if (!judgesAny(catalog.rubric))
    throw new UserError(
      `Programs decide every point of catalog "${catalog.name}": there is no grading to compare.`,
      'Calibrate a study whose graders judge.',
    );
  const ids = science.graders.map(({ id }) => id);
  if (options.grader !== undefined) requireKnown('--grader', options.grader, ids);
  requireKnown('--variant', options.variant, Object.keys(catalog.prompts.grader));
  const own = science.graders.find(({ id }) => id === (options.grader ?? ids[0])) as Grader;
  if (own.prompt === options.variant)
    throw new UserError(
      `--variant: grader ${own.id} is asked with "${options.variant}" already.`,
      'Name another variant.',
    );
  return { own, variant: { ...own, prompt: options.variant } };
}

interface Asking {
  readonly context: ActivityContext;
  readonly plan: Plan;
  readonly home: Home;
  readonly texts: readonly PickedText[];
  readonly interrupt: Interrupt;
  readonly terminal: Terminal;
}

async function compareVariants(asking: Asking, { own, variant }: Graders, yes: boolean): Promise<CalibrateResult> {
  const { context, plan, texts, interrupt } = asking;
  if (texts.length === 0) throw new UserError('The study has no text to grade.', 'Choose a study with results.');
  const open = {
    own: await findUngraded(context, plan, own, texts),
    variant: await findUngraded(context, plan, variant, texts),
  };
  const asked = open.own.length + open.variant.length;
  const free = plan.science.providers[own.provider]?.endpoint === 'lab';
  showCost(asking, asked, [estimateGradings(open.own, plan, own), estimateGradings(open.variant, plan, variant)], {
    free,
    yes,
  });
  const lab = free && asked > 0 ? await startLabProcess(asking.home, undefined) : undefined;
  try {
    const served = lab
      ? { ...context, lab: { openai: lab.urls.openaiUrl, anthropic: lab.urls.anthropicUrl } }
      : context;
    const how = { atOnce: 8, signal: interrupt.signal };
    const ask = (grader: Grader) => askGradings(served, plan, grader, texts, how);
    const gradings = (async () => [await ask(own), await ask(variant)] as const)();
    const [before, after] = await Promise.race([gradings, interrupt.happened]);
    const twice = texts.map((text, index) => ({
      ...text,
      own: before[index] ?? ({ end: 'missing' } as const),
      variant: after[index] ?? ({ end: 'missing' } as const),
    }));
    const prompts = { own: own.prompt, variant: variant.prompt };
    return { study: plan.science.name, grader: own.id, prompts, asked, ...calibrate(twice, plan) };
  } finally {
    await lab?.stop();
  }
}

/** Shows what the missing gradings will cost; throws unless they are free or the person gave --yes. */
function showCost(
  { terminal, texts }: Asking,
  asked: number,
  parts: readonly (number | null)[],
  { free, yes }: { free: boolean; yes: boolean },
): void {
  const known = parts.every((usd) => usd !== null);
  const usd = parts.reduce<number>((sum, part) => sum + (part ?? 0), 0);
  const price = free ? 'free (lab)' : known ? `about ${formatDollars(usd)}` : 'of unknown cost (no price in the study)';
  const line = `${texts.length} texts; ${asked} gradings are not in the ledger: ${price}.`;
  if (!free && asked > 0 && !yes) throw new UserError(line, 'Add --yes to ask for them.');
  terminal.say(line);
}

function contextOf(home: Home, ledger: Ledger): ActivityContext {
  return {
    ledger,
    store: new Store(home.store),
    jobs: home.jobs,
    runs: home.runs,
    owner: `calibrate ${process.pid}`,
    clock: MACHINE_CLOCK,
    root: ROOT,
    lab: { openai: undefined, anthropic: undefined },
    deadline: DEADLINE_MS,
    environment: takeEnvironment(),
  };
}
