/** `etude start FILE`: runs a study to its report; joins one that runs, continues one that was stopped. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { listFailedArms } from '../../activities/ledger/arms/checkpoints.ts';
import { isPaused } from '../../activities/ledger/gates.ts';
import { liftHolds } from '../../activities/ledger/holds.ts';
import { saveAccess } from '../../activities/ledger/models/access.ts';
import { forgetRetriesOf } from '../../activities/ledger/retries.ts';
import {
  findStudy,
  isAtWork,
  listStudies,
  forgetStudy,
  saveStudy,
  type KnownStudy,
} from '../../activities/ledger/studies.ts';
import { redoFailed } from '../../activities/operator/amend-study.ts';
import { Store } from '../../activities/shared/store.ts';
import { UserError } from '../../contracts/failures.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { FailedArmRecord } from '../../contracts/results.ts';
import type { StudyInput } from '../../contracts/workflows.ts';
import { canonicalJson } from '../../domain/basics/hash.ts';
import { requireServed } from '../../domain/models/retired-models.ts';
import { comparePlans } from '../../domain/plan/compare-plans.ts';
import { mergeRuntime } from '../../domain/run/merge-runtime.ts';
import { makeWorkflowPlan } from '../../domain/run/workflow-plan.ts';
import { openHome, resolveHomeDirectory, type Home } from '../../infra/home/open-home.ts';
import { ensureSetUp } from '../../infra/setup/ensure-set-up.ts';
import { startDetached } from '../home/detach.ts';
import { onInterrupt } from '../home/interrupt.ts';
import { offlineContext, writeReport } from '../home/offline-study.ts';
import { readGaps } from '../home/read-gaps.ts';
import { withLedger } from '../home/with-study.ts';
import { followStudy } from '../running/follow-study.ts';
import { withHome, type HomeSession } from '../running/home-session.ts';
import { findRunning } from '../running/running-study.ts';
import { endCancelled, startWorkflow } from '../running/start-workflow.ts';
import { keepMix } from '../study-file/read-mix.ts';
import { readModelData } from '../study-file/read-model-data.ts';
import { planStudy, type PlannedStudy } from '../study-file/read-study.ts';
import { describeGaps } from '../terminal/describe-gaps.ts';
import { describeRedo } from '../terminal/describe-redo.ts';
import { FINISHED_WITH_GAPS } from '../terminal/exit-codes.ts';
import { formatDuration, type Terminal } from '../terminal/terminal.ts';

export interface StartOptions {
  readonly home?: string;
  readonly replace: boolean;
  readonly retryFailed: boolean;
  readonly detach?: boolean;
}

export async function startStudy(file: string, options: StartOptions, terminal: Terminal): Promise<void> {
  const started = performance.now();
  const interrupt = onInterrupt(`Continue the study with the same command: \`./etude start ${file}\`.`);
  const planned = await planStudy(file);
  const home = openHome(resolveHomeDirectory(options.home));
  const { name } = planned.plan.science;
  const known = await readKnown(home, name);
  if (known && known.plan !== planned.hash && !options.replace) throw await refuse(home, known, planned);
  if (known?.plan === planned.hash && known.state === 'finished' && !options.retryFailed)
    return showFinished(home, planned, terminal);
  requireServed(planned.plan, await readModelData());
  if (options.detach) return detach(file, home, options, terminal);
  await keepMix(file, planned.plan, new Store(home.store));
  const setUp = await Promise.race([ensureSetUp({ temporal: true, python: true }, terminal.say), interrupt.happened]);
  terminal.say(`Study ${name}, plan ${planned.hash.slice(0, 12)}. Ctrl-C stops it; the same command continues it.`);
  const lab = Object.values(planned.plan.science.providers).some(({ endpoint }) => endpoint === 'lab');
  const input = { home, what: `etude start ${name}`, ...setUp, lab, interrupt, report: terminal.say };
  await withHome(input, (session) => run(session, planned, options, terminal));
  await showFinished(home, planned, terminal, performance.now() - started);
}

/** The plan was read and checked before: a mistake in it is shown here and not in a log. */
async function detach(file: string, home: Home, options: StartOptions, terminal: Terminal): Promise<void> {
  const flags = [...(options.replace ? ['--replace'] : []), ...(options.retryFailed ? ['--retry-failed'] : [])];
  const { pid, log } = await startDetached(home, ['start', file, '--home', home.directory, ...flags]);
  terminal.finish({ pid, log, home: home.directory }, () => {
    terminal.say(`Started in the background: process ${pid}, log ${log}`);
    terminal.say('`./etude attach` shows what it says, `./etude status` how far it is, `./etude stop` ends it.');
  });
}

/** Says which other studies run too: a home's workers work for every study that is neither finished nor paused. */
async function sayOthers({ ledger }: HomeSession, name: string, { say }: Terminal): Promise<void> {
  for (const other of await listStudies(ledger.tables)) {
    if (other.name === name || !isAtWork(other) || (await isPaused(ledger.tables, other.plan))) continue;
    say(
      `Study ${other.name} of this home is not finished and runs too; pause it with \`./etude pause ${other.name}\`.`,
    );
  }
}

const readKnown = (home: Home, name: string): Promise<KnownStudy | undefined> =>
  withLedger(home, ({ tables }) => findStudy(tables, name));

async function refuse(home: Home, known: KnownStudy, planned: PlannedStudy): Promise<UserError> {
  const old = JSON.parse((await new Store(home.store).get(known.plan)).toString('utf8')) as Plan;
  const differences = comparePlans(old, planned.plan)
    .slice(0, 8)
    .map((line) => `  ${line}`);
  return new UserError(
    `Study ${known.name} has another plan in this home (${known.state}):\n${differences.join('\n')}`,
    'Give the changed study another name: it reuses every reply in the ledger. Or add --replace to drop the old plan and its outputs; no reply is lost.',
  );
}

async function run(
  session: HomeSession,
  planned: PlannedStudy,
  { retryFailed }: StartOptions,
  terminal: Terminal,
): Promise<void> {
  const { home, ledger } = session;
  const { plan, hash, runtime: file, access } = planned;
  const { name } = plan.science;
  // Throws, before anything is changed, if another home on this server runs a study of the same name.
  await findRunning(session.client, name, home.id);
  await endCancelled(session);
  const known = await findStudy(ledger.tables, name);
  if (retryFailed && known?.plan === hash && known.state === 'finished')
    terminal.say(`Trying again: ${describeRedo(await redoFailed(offlineContext(home, ledger), { plan: hash }))}.`);
  // Outputs of the old plan must not be taken for those of the new one.
  if (known && known.plan !== hash) await forgetStudy(ledger.tables, known, home.runs);
  await sayOthers(session, name, terminal);
  await new Store(home.store).put(canonicalJson(plan));
  const before = known?.plan === hash ? known : undefined;
  const { runtime, notes } = mergeRuntime({ file, filed: before?.filed, now: before?.runtime });
  for (const note of notes) terminal.say(note);
  await saveAccess(ledger.tables, hash, access);
  await saveStudy(ledger.tables, { name, plan: hash, runtime, filed: file, state: 'running' });
  // The person may have set or changed a key since, so providers that refused it are asked once more.
  await liftHolds(ledger.tables, hash);
  await forgetRetriesOf(ledger.tables, plan.science.name);
  const input: StudyInput = { study: name, plan: hash, outline: makeWorkflowPlan(plan, home.id) };
  const handle = await startWorkflow(session, input);
  await followStudy(handle, { session, planned, terminal });
}

/** Prints the outputs of a finished study; missing files are written again from the ledger. */
async function showFinished(home: Home, planned: PlannedStudy, terminal: Terminal, elapsed?: number): Promise<void> {
  const { name } = planned.plan.science;
  const known = { name, plan: planned.hash };
  const directory = join(home.runs, name);
  const [report, results] = [join(directory, 'report.html'), join(directory, 'results.json')];
  if (!existsSync(results) || !existsSync(report) || !(await readGaps(home, known))) await writeReport(home, name);
  const failedArms = await readFailedArms(home, planned.hash);
  const gaps = (await readGaps(home, known)) ?? [];
  const elapsedSeconds = elapsed === undefined ? null : Math.round(elapsed / 1000);
  const finished = { study: name, state: 'finished', elapsedSeconds, failedArms, gaps, report, results };
  terminal.finish(finished, () => {
    terminal.say(
      `Study ${name} is finished${elapsed === undefined ? '' : ` after ${formatDuration(elapsed)} of this command`}.`,
    );
    for (const line of describeGaps(name, gaps)) terminal.say(line);
    terminal.say(`Report   ${report}`);
    terminal.say(`Results  ${results}`);
    terminal.say("Web UI   `./etude ui` serves the workflows' histories");
  });
  if (gaps.length > 0) process.exitCode = FINISHED_WITH_GAPS;
}

const readFailedArms = async (home: Home, plan: string): Promise<FailedArmRecord[]> =>
  (await withLedger(home, ({ tables }) => listFailedArms(tables, plan))) ?? [];
