/** `etude pause`, `resume` and `raise-budget`: a person's hand on a study, in the ledger, so that it works on every worker at once. */
import { setTimeout as wait } from 'node:timers/promises';
import { budgetOf, isPaused, keysInFlight, pauseStudy, resumeStudy } from '../../activities/ledger/gates.ts';
import { changeRuntime } from '../../activities/studies.ts';
import { UserError } from '../../contracts/failures.ts';
import type { Plan } from '../../contracts/plan.ts';
import { unpricedModels } from '../../domain/describe-plan.ts';
import { toUsd } from '../../domain/spending.ts';
import type { Terminal } from '../terminal.ts';
import { withStudy, type OpenStudy } from '../with-study.ts';

interface Options {
  readonly home?: string;
}

const POLL_MS = 200;

/** Returns when nothing of what was in flight is left: from then on nothing is sent. */
export async function pause(name: string, { home }: Options, terminal: Terminal): Promise<void> {
  await withStudy(name, home, async ({ ledger, study }) => {
    requireUnfinished(study);
    if (await isPaused(ledger.tables, study.plan))
      throw new UserError(`Study ${name} is paused already.`, `\`./etude resume ${name}\` goes on.`);
    await pauseStudy(ledger.tables, study.plan);
    // Whoever claims a key after this looks at the pause before sending: only these may still be on their way.
    const before = await keysInFlight(ledger.tables);
    for (let left = before; left.size > 0; left = intersect(before, await keysInFlight(ledger.tables)))
      await wait(POLL_MS);
    terminal.finish({ study: name, paused: true }, () =>
      terminal.say(
        `Study ${name} is paused: nothing is in flight, nothing is sent. Trainings go on. \`./etude resume ${name}\` goes on.`,
      ),
    );
  });
}

const intersect = (a: ReadonlySet<string>, b: ReadonlySet<string>): Set<string> =>
  new Set([...a].filter((key) => b.has(key)));

export async function resume(name: string, { home }: Options, terminal: Terminal): Promise<void> {
  await withStudy(name, home, async ({ ledger, study }) => {
    if (!(await isPaused(ledger.tables, study.plan)))
      throw new UserError(`Study ${name} is not paused.`, 'See `./etude status`.');
    await resumeStudy(ledger.tables, study.plan);
    terminal.finish({ study: name, paused: false }, () =>
      terminal.say(`Study ${name} goes on within seconds, if somebody works on it.`),
    );
  });
}

export async function raiseBudget(
  name: string,
  { home, usd }: Options & { usd: string },
  terminal: Terminal,
): Promise<void> {
  await withStudy(name, home, async ({ ledger, study, plan }) => {
    requirePrices(plan);
    const { spent } = await budgetOf(ledger.tables, study.plan);
    const cap = requireCap(usd, toUsd(BigInt(spent)));
    const old = study.runtime.limits.usd;
    await changeRuntime(ledger.tables, study, {
      ...study.runtime,
      limits: { ...study.runtime.limits, usd: cap },
    });
    terminal.finish({ study: name, usd: cap, before: old ?? null, spent: toUsd(BigInt(spent)) }, () =>
      terminal.say(
        `Study ${name}: cap $${cap} (before: ${old === undefined ? 'none' : `$${old}`}), $${toUsd(BigInt(spent)).toFixed(2)} spent. Write it into \`limits.usd\` of the study file too.`,
      ),
    );
  });
}

function requireCap(usd: string, spent: number): number {
  const cap = /^\d{1,9}(\.\d+)?$/.test(usd) ? Number(usd) : Number.NaN;
  if (cap > 0 && cap >= spent) return cap;
  throw new UserError(
    `--usd ${usd}: a cap is a number of US dollars, not below the $${spent.toFixed(2)} that are spent.`,
    'As in `--usd 250`.',
  );
}

function requirePrices({ science }: Plan): void {
  const unpriced = unpricedModels(science);
  if (unpriced.length === 0 && Object.keys(science.prices).length > 0) return;
  throw new UserError(
    `Study ${science.name} has no price for ${unpriced.join(', ') || 'any model'}: a cap would hold nothing.`,
    'Name `prices` in the study file; that makes it another plan, which uses every reply of this one.',
  );
}

function requireUnfinished({ name, state }: OpenStudy['study']): void {
  if (state === 'finished') throw new UserError(`Study ${name} is finished.`, 'There is nothing to pause.');
}
