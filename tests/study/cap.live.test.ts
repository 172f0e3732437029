/**
 * A study under a cap of a third of its estimate: it waits for money while the rest goes on, and ends with the bytes of
 * the study without a cap. On its way an arm fails and is redone, so that results show neither.
 */
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { listFailedArms } from '../../activities/ledger/arms/checkpoints.ts';
import { budgetOf } from '../../activities/ledger/gates.ts';
import { listWaits, nanoOf } from '../../activities/ledger/holds.ts';
import type { Ledger } from '../../activities/ledger/ledger.ts';
import { listPayments } from '../../activities/ledger/payments.ts';
import type { KnownStudy } from '../../activities/ledger/studies.ts';
import { withStudyOf } from '../../client/home/with-study.ts';
import type { Results } from '../../contracts/results.ts';
import { tabulatePayments } from '../../domain/money/payments.ts';
import { openHome } from '../../infra/home/open-home.ts';
import { countCalls, endLabFaults, runCli, startCli, untilGone, whileRunning, type Cli } from '../support/cli.ts';
import { makeHome, MINI, runUndisturbed, shareBase, varyMini } from '../support/runner/mini-study.ts';
import { makeScratch } from '../support/scratch.ts';

const scratch = makeScratch();
const home = makeHome(scratch, 'capped');
const faults = join(scratch, 'capped-faults.json');
const tell = (...args: string[]) => runCli([...args, '--home', home]);
const ask = async <T>(...args: string[]): Promise<T> => JSON.parse((await tell(...args, '--json')).stdout) as T;

/** As `status` does it, without the cost of a process. */
const read = <T>(look: (ledger: Ledger, study: KnownStudy) => Promise<T>): Promise<T> =>
  withStudyOf(openHome(home), 'mini', (open) => look(open.ledger, open.study));

async function until(cli: Cli, is: (ledger: Ledger, study: KnownStudy) => Promise<boolean>): Promise<void> {
  for (;;) {
    const { found, paid, cap } = await read(async (ledger, known) => {
      const { spent, reserved } = await budgetOf(ledger.tables, known.plan);
      return { found: await is(ledger, known), paid: spent + reserved, cap: known.runtime.limits.usd };
    });
    expect(paid).toBeLessThanOrEqual(nanoOf(cap));
    if (found) return;
    expect(cli.child.exitCode).toBeNull();
    await sleep(100);
  }
}

const isShort = async ({ tables }: Ledger, known: KnownStudy): Promise<boolean> =>
  (await listWaits(tables, known)).some(({ subject }) => subject === 'budget');
const hasFailed = async ({ tables }: Ledger, { plan }: KnownStudy): Promise<boolean> =>
  (await listFailedArms(tables, plan)).length > 0;

/** The lab refuses the lenient grader's requests, so that the study cannot end, until it is told otherwise. */
function endQuota(): void {
  writeFileSync(faults, JSON.stringify({ transport: { quota: 1 }, models: ['lab-lenient'] }));
}

async function liftQuota(): Promise<void> {
  await endLabFaults(home, faults);
  expect((await tell('resume', 'mini', '--provider', 'lab-anthropic')).code).toBe(0);
}

/** The weights that the tuning begins with: nothing else is trained yet. */
function hideBase(): () => void {
  const jobs = join(home, '.etude/jobs');
  const [model, ...others] = readdirSync(jobs)
    .map((job) => join(jobs, job, 'model'))
    .filter(existsSync);
  expect({ model, others }).toEqual({ model: expect.any(String), others: [] });
  renameSync(String(model), `${model}-away`);
  return () => renameSync(`${model}-away`, String(model));
}

describe('a study with a cap of a third of its estimate', () => {
  it('waits for money while the rest goes on, and ends with the same bytes once it is raised', async () => {
    const { totals } = JSON.parse((await runCli(['plan', MINI, '--json'])).stdout) as { totals: { usd: number } };
    const cap = totals.usd / 3;
    const capped = varyMini(scratch, 'capped', ['rates:\n', `limits: { usd: ${cap} }\nrates:\n`]);
    endQuota();
    await shareBase(home);
    const cli = startCli(['start', capped, '--home', home], { ETUDE_LAB_FAULTS: faults });
    await whileRunning(cli, () => countCalls(home) > 0);

    await until(cli, isShort);
    const { studies } = await ask<{ studies: object[] }>('status', 'mini');
    expect(studies).toMatchObject([{ state: 'running', capUsd: cap }]);
    expect(JSON.stringify(studies)).toContain('./etude raise-budget mini --usd AMOUNT');
    // What costs nothing continues: the base is served, and writes its texts.
    await whileRunning(cli, () => countCalls(home, 'student') === 8);
    expect(await read(isShort)).toBe(true);

    const showBase = hideBase();
    const usd = 2 * totals.usd;
    expect(await ask('raise-budget', 'mini', '--usd', String(usd))).toMatchObject({ usd, before: cap });
    await until(cli, hasFailed);
    showBase();
    expect(await ask('redo', 'mini')).toEqual({ study: 'mini', calls: 0, arms: 1, running: true });
    await liftQuota();

    const { code, stderr } = await cli.ended;
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(readFileSync(join(home, 'runs/mini/results.json'), 'utf8')).toBe((await runUndisturbed()).results);
    await untilGone(home);
  }, 900_000);

  it('has paid for each reply once, by phase and model, and for no refused request', async () => {
    const payments = tabulatePayments(await read(({ tables }, { plan }) => listPayments(tables, plan)));
    const { spending } = JSON.parse((await runUndisturbed()).results) as Results;
    const { spent } = await read(({ tables }, { plan }) => budgetOf(tables, plan));
    expect(payments.reduce((sum, { usd }) => sum + usd, 0)).toBeCloseTo(spent / 1e9, 9);
    const named = payments.map(({ phase, model }) => `${phase} ${model}`);
    const strict = 'lab-openai/lab-strict';
    expect(named).toEqual([
      ...[`compose ${strict}`, 'compose lab-openai/lab-teacher'],
      ...['evaluate lab-anthropic/lab-lenient', `evaluate ${strict}`],
    ]);
    for (const [model, { calls, usd }] of Object.entries(spending.byModel)) {
      const own = payments.filter((payment) => payment.model === model);
      if (own.length === 0) continue; // students: nobody is paid
      expect(own.reduce((sum, { replies }) => sum + replies.calls, 0)).toBe(calls);
      expect(own.reduce((sum, { replies }) => sum + replies.usd, 0)).toBeCloseTo(usd, 9);
    }
    const lenient = payments.find(({ model }) => model === 'lab-anthropic/lab-lenient');
    expect(lenient?.errors).toBeGreaterThan(0);
    expect(readFileSync(join(home, 'runs/mini/report.html'), 'utf8')).toContain('What this study paid');
  });
});
