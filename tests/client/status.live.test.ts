import { chmodSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { closeBatch } from '../../activities/ledger/batches/close-batch.ts';
import { collectRequests } from '../../activities/ledger/batches/collect-requests.ts';
import {
  batchesOf,
  listOpenBatches,
  noteCancelling,
  noteDue,
  noteSending,
  recordSubmitted,
} from '../../activities/ledger/batches/open-batches.ts';
import { Ledger } from '../../activities/ledger/ledger.ts';
import { openLedger } from '../../activities/ledger/open-ledger.ts';
import { reserveFor } from '../../activities/ledger/reservations.ts';
import { saveStudy } from '../../activities/ledger/studies.ts';
import { Store } from '../../activities/shared/store.ts';
import type { Payment, Phase } from '../../contracts/payments.ts';
import { openHome } from '../../infra/home/open-home.ts';
import { runCli } from '../support/cli.ts';
import { makeScratch } from '../support/scratch.ts';
import { smallStudy, storePlan } from '../support/small-study.ts';
import { openContext, replyOf, requestOf } from '../support/test-home.ts';

const scratch = makeScratch();

describe('etude status', () => {
  it('names a study whose plan is damaged, and shows the others', async () => {
    const home = openHome(join(scratch, 'home'));
    const ledger = new Ledger(await openLedger(home.ledger));
    const store = new Store(home.store);
    const context = await openContext(scratch, { ledger, store });
    const hashes: string[] = [];
    for (const name of ['broken', 'whole']) {
      const study = smallStudy({ name });
      const { hash: plan } = await storePlan(context, study);
      hashes.push(plan);
      const runtime = { limits: {}, rates: {}, cluster: study.cluster };
      await saveStudy(ledger.tables, { name, plan, runtime, state: 'running' });
    }
    await ledger.close();
    const file = store.pathOf(hashes[0] ?? '');
    chmodSync(file, 0o600);
    truncateSync(file, 100);
    const { code, stdout } = await runCli(['status', '--home', home.directory, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({
      studies: [
        { study: 'broken', expectedCalls: null, damage: expect.stringContaining(hashes[0] ?? '') },
        { study: 'whole', expectedCalls: expect.any(Number), damage: null },
      ],
    });
    const said = await runCli(['status', '--home', home.directory]);
    expect(said.stdout).toMatch(/^broken .*\n +DAMAGED [^]*^whole /m);
  });

  it('tells what was paid, what was paid twice, and what providers have', async () => {
    const home = openHome(join(scratch, 'spending'));
    const ledger = new Ledger(await openLedger(home.ledger));
    const { tables } = ledger;
    const context = await openContext(scratch, { ledger, store: new Store(home.store) });
    const { hash: plan } = await storePlan(context, smallStudy({ name: 'spending' }));
    const runtime = { limits: { usd: 100 }, rates: {}, cluster: smallStudy().cluster };
    await saveStudy(tables, { name: 'spending', plan, runtime, state: 'cancelled' });

    const model = 'lab-openai/lab-strict';
    /** A request that has reserved 10 dollars, and how it ended: replied, or undefined: nobody knows. */
    async function ask(key: string, phase: Phase, payment?: Pick<Payment, 'kind' | 'paid'>): Promise<void> {
      const claim = { key, owner: '1/a' };
      await ledger.claim(key, claim.owner, 60_000, { plan, phase, model });
      await reserveFor(tables, claim, plan, 10e9, 100e9);
      if (!payment) return ledger.release(key, claim.owner, { abandoned: true });
      const { usage } = replyOf('yes');
      await ledger.keep(key, requestOf(), replyOf('yes'), { claim, payment: { usage, ...payment } });
    }
    await ask('a', 'compose', { kind: 'reply', paid: 2e9 });
    await ask('b', 'evaluate', { kind: 'reply', paid: 3e9 });
    await ask('c', 'evaluate', { kind: 're-ask', paid: 4e9 });
    await ask('d', 'evaluate');
    for (const sample of [1, 2, 3, 4, 5]) {
      const requests = [{ key: `batch ${sample}`, request: requestOf({ sample }), reserved: 1e9 }];
      await collectRequests(tables, { plan, phase: 'compose', requests, cap: 100e9 });
      const [id = ''] = (await batchesOf(tables, [`batch ${sample}`])).ids;
      if (sample < 5) await closeBatch(tables, id, { items: 1, bytes: 1e6, tokens: 1e6 });
    }
    const byAge = new Map((await listOpenBatches(tables, plan)).map((batch) => [batch.id, batch]));
    const at = async (sample: number) => byAge.get(String((await batchesOf(tables, [`batch ${sample}`])).ids[0]));
    const [second, third, fourth, fifth] = [await at(2), await at(3), await at(4), await at(5)];
    await noteDue(tables, String(second?.id), { wait: 0, done: 1 });
    await noteDue(tables, String(fifth?.id), { wait: 0, waits: 'the queue is full' });
    for (const { id } of [second, third] as { id: string }[]) await recordSubmitted(tables, id, `batch_${id}`);
    await noteCancelling(tables, String(third?.id));
    await noteSending(tables, String(fourth?.id));
    await ledger.close();

    const { stdout } = await runCli(['status', 'spending', '--home', home.directory, '--json']);
    const none = { calls: 0, usd: 0 };
    expect(JSON.parse(stdout)).toMatchObject({
      studies: [
        {
          ...{ spentUsd: 19, reservedUsd: 5, capUsd: 100, recordedCalls: 0, doneCalls: 3 },
          payments: [
            { phase: 'compose', model, replies: { calls: 1, usd: 2 }, reasks: none, abandoned: none, usd: 2 },
            {
              ...{ phase: 'evaluate', model, replies: { calls: 2, usd: 7 }, reasks: { calls: 1, usd: 4 } },
              ...{ abandoned: { calls: 1, usd: 10 }, errors: 0, usd: 17 },
            },
          ],
          batches: expect.arrayContaining(
            ['not submitted', 'submitted', 'cancelling', 'unresolved', 'collecting'].map((state) => ({
              ...{ state, provider: 'lab-openai', model: 'lab-teacher', items: 1, since: expect.any(String) },
              ...{ done: state === 'submitted' ? 1 : 0, waits: state === 'collecting' ? 'the queue is full' : null },
            })),
          ),
        },
      ],
    });
    const said = (await runCli(['status', 'spending', '--home', home.directory])).stdout;
    expect(said).toMatch(/^spending {2}cancelled {2}\d+ % {2}3 of about \d+ calls {2}plan /);
    expect(said).toContain('  $19.00 spent of a cap of $100, $5.00 reserved for requests in flight\n');
    expect(said).toContain(
      `evaluate  ${model}  2 replies $7.00; of these 1 re-ask of unreadable gradings $4.00; 1 abandoned, $10.00 counted as paid\n`,
    );
    for (const state of ['not submitted', 'submitted, 1 done', 'cancelling', 'unresolved', 'collecting'])
      expect(said).toMatch(new RegExp(`  batch of 1 to lab-openai/lab-teacher, ${state}, since \\d{4}-\\d\\d-`));
    expect(said).toMatch(/collecting, since [^ ]+: the queue is full\n/);
    expect(said).toContain('These batches could not be ended');
  });
});
