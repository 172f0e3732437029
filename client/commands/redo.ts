/** `etude redo STUDY`: tries failed calls and arms again; calls with a valid reply stay. */
import { makeWorkflowPlan } from '../../domain/run/workflow-plan.ts';
import type { OpenStudy } from '../home/with-study.ts';
import { sendMessage, withServer } from '../running/send-message.ts';
import { startWorkflow } from '../running/start-workflow.ts';
import { describeRedo } from '../terminal/describe-redo.ts';
import type { Terminal } from '../terminal/terminal.ts';

interface Options {
  readonly home?: string;
  readonly cell?: string;
}

export async function redoStudy(study: string, { home, cell }: Options, terminal: Terminal): Promise<void> {
  let running = true;
  const afterLedger = async (open: OpenStudy): Promise<void> => void (running = await restart(open));
  const done = await sendMessage('redo', { study, home, input: { cell }, afterLedger });
  terminal.finish({ study, ...done, running }, () =>
    terminal.say(
      `Study ${study}: ${describeRedo(done)} set aside. ${
        running ? 'They are tried again before it is analysed.' : 'Its `./etude start` command tries them again.'
      }`,
    ),
  );
}

/** If the home runs other studies now, starts this one again beside them; false if the home does not run. */
async function restart({ home, ledger, study, plan }: OpenStudy): Promise<boolean> {
  if (study.state === 'cancelled') return false;
  const input = { study: study.name, plan: study.plan, outline: makeWorkflowPlan(plan, home.id) };
  const started = await withServer(home, (client) => startWorkflow({ client, ledger, home }, input));
  return started !== undefined;
}
