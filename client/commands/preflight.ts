/** `etude preflight FILE`: keys, models, parameters and this machine, before a study costs money. */
import { Ledger } from '../../activities/ledger/ledger.ts';
import { saveAccess } from '../../activities/ledger/models/access.ts';
import { openLedger } from '../../activities/ledger/open-ledger.ts';
import { takeEnvironment } from '../../activities/providers/take-environment.ts';
import type { ActivityContext } from '../../activities/shared/activity-context.ts';
import { UserError } from '../../contracts/failures.ts';
import { lockHome } from '../../infra/home/lock-home.ts';
import { openHome, resolveHomeDirectory } from '../../infra/home/open-home.ts';
import { onInterrupt } from '../home/interrupt.ts';
import { startLabProcess, type LabProcess } from '../home/lab-process.ts';
import { offlineContext } from '../home/offline-study.ts';
import { describeFinding, runPreflight } from '../preflight/run-preflight.ts';
import { planStudy } from '../study-file/read-study.ts';
import type { Terminal } from '../terminal/terminal.ts';

const DEADLINE_MS = 60_000;

export async function preflight(file: string, options: { readonly home?: string }, terminal: Terminal): Promise<void> {
  const interrupt = onInterrupt('Nothing was started.');
  const planned = await planStudy(file);
  const home = openHome(resolveHomeDirectory(options.home));
  // A home that is at work has a lab, and spends under the same cap.
  const lock = lockHome(home, `etude preflight ${file}`);
  const ledger = new Ledger(await openLedger(home.ledger));
  const usesLab = Object.values(planned.plan.science.providers).some(({ endpoint }) => endpoint === 'lab');
  let lab: LabProcess | undefined;
  try {
    if (usesLab) lab = await startLabProcess(home, undefined);
    // Headers and names of deployments are read from the ledger, as calls do.
    await saveAccess(ledger.tables, planned.hash, planned.access);
    const context: ActivityContext = {
      ...offlineContext(home, ledger),
      owner: `${process.pid}/preflight`,
      deadline: DEADLINE_MS,
      environment: takeEnvironment(),
      lab: { openai: lab?.urls.openaiUrl, anthropic: lab?.urls.anthropicUrl },
    };
    const input = { planned, home, context, signal: interrupt.signal };
    const findings = await Promise.race([
      runPreflight(input, (finding) => terminal.json || terminal.say(describeFinding(finding))),
      interrupt.happened,
    ]);
    const failed = findings.filter(({ state }) => state === 'failed');
    terminal.finish({ study: planned.plan.science.name, findings }, () => undefined);
    if (failed.length > 0) {
      if (terminal.json) process.exitCode = 1;
      else
        throw new UserError(
          `${failed.length} of ${findings.length} checks failed.`,
          'Correct what they name, then run the same command again.',
        );
    }
  } finally {
    await lab?.stop();
    await ledger.close();
    lock.release();
  }
}
