import { chmodSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { Ledger } from '../../activities/ledger/ledger.ts';
import { openLedger } from '../../activities/ledger/open-ledger.ts';
import { Store } from '../../activities/store.ts';
import { saveStudy } from '../../activities/studies.ts';
import { openHome } from '../../infra/home/open-home.ts';
import { smallStudy, storePlan } from '../activities/small-study.ts';
import { openContext } from '../activities/test-home.ts';
import { makeScratch } from '../infra/scratch.ts';
import { runCli } from '../study/cli.ts';

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
});
