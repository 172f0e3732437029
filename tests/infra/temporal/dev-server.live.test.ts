import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { kill9 } from '../../../chaos/victims.ts';
import { openHome, type Home } from '../../../infra/home/open-home.ts';
import { findProcesses } from '../../../infra/processes/end-leftovers.ts';
import { keepRunning, KilledError } from '../../../infra/processes/keep-running.ts';
import { ensureSetUp } from '../../../infra/setup/ensure-set-up.ts';
import { startTemporal } from '../../../infra/temporal/dev-server.ts';
import { eventually, makeScratch, startOwner, takePort, writeProgram } from '../../support/scratch.ts';

const scratch = makeScratch();
const searchAttributes = { StudyId: 'Keyword', Arm: 'Keyword' } as const;
let binary: string;
beforeAll(async () => {
  binary = (await ensureSetUp({ temporal: true }, () => undefined)).temporalBinary;
}, 1_800_000);

const open = (name: string): Home => openHome(join(scratch, name));
const start = (home: Home) => startTemporal({ binary, home, searchAttributes });

/** A server that ends otherwise than it should, so many times; `tries` gets a line for each start. */
function writeUnlucky(name: string, times: number, ending: string): { program: string; tries: string } {
  const tries = join(scratch, `${name}-tries`);
  const script = `echo try >>'${tries}'
     [ "$(wc -l <'${tries}')" -gt ${times} ] && exec '${binary}' "$@"
     ${ending}`;
  return { program: writeProgram(scratch, name, script), tries };
}

async function connect<T>(address: string, use: (client: Client) => Promise<T>): Promise<T> {
  const connection = await Connection.connect({ address });
  try {
    return await use(new Client({ connection }));
  } finally {
    await connection.close();
  }
}

const startWorkflow = (client: Client) =>
  client.workflow.start('study', { workflowId: 'kept', taskQueue: 'nobody', memo: { note: 'paid' } });

describe('the Temporal dev server', () => {
  it('answers with its retention and search attributes, and is gone after its stop', async () => {
    const home = open('fresh');
    const server = await start(home);
    await connect(server.address, async ({ connection }) => {
      const { config } = await connection.workflowService.describeNamespace({ namespace: server.namespace });
      expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(90 * 24 * 60 * 60);
      const { customAttributes } = await (connection as Connection).operatorService.listSearchAttributes({
        namespace: server.namespace,
      });
      expect(Object.keys(customAttributes)).toEqual(expect.arrayContaining(['StudyId', 'Arm']));
    });
    expect((await fetch(server.uiUrl)).status).toBe(200);
    await server.stop();
    // What was killed may stand in the list of processes for a moment.
    await eventually(() => findProcesses(['start-dev', home.temporalDatabase]).length === 0);
  });

  it('keeps its workflows and its addresses through kill -9, and takes new search attributes', async () => {
    const home = open('killed');
    const owner = startOwner(
      scratch,
      'owner',
      `import { openHome } from '#project/infra/home/open-home.ts';
       import { startTemporal } from '#project/infra/temporal/dev-server.ts';
       const home = openHome(${JSON.stringify(home.directory)});
       const server = await startTemporal({ binary: ${JSON.stringify(binary)}, home, searchAttributes: { StudyId: 'Keyword' } });
       console.log(JSON.stringify([server.address, server.uiUrl]));`,
    );
    const [address, uiUrl] = JSON.parse(await owner.line()) as [string, string];
    await connect(address, startWorkflow);
    // With the first of them the others may end.
    for (const pid of findProcesses(['start-dev', home.temporalDatabase])) kill9(pid);
    await owner.end();
    const server = await start(home);
    expect([server.address, server.uiUrl]).toEqual([address, uiUrl]);
    const memo = await connect(address, async (client) => (await client.workflow.getHandle('kept').describe()).memo);
    expect(memo).toEqual({ note: 'paid' });
    await server.stop();
  });

  it('waits for the server of an owner that was killed with -9', async () => {
    const home = open('orphaned');
    const owner = startOwner(
      scratch,
      'orphaned',
      `import { openHome } from '#project/infra/home/open-home.ts';
       import { startTemporal } from '#project/infra/temporal/dev-server.ts';
       const home = openHome(${JSON.stringify(home.directory)});
       console.log((await startTemporal({ binary: ${JSON.stringify(binary)}, home, searchAttributes: {} })).address);`,
    );
    const address = await owner.line();
    await connect(address, startWorkflow);
    await owner.end();
    const server = await start(home);
    expect(server.address).toBe(address);
    expect(
      await connect(address, async (client) => (await client.workflow.getHandle('kept').describe()).workflowId),
    ).toBe('kept');
    await server.stop();
  });

  it('takes another port when its own is in use, and keeps the other', async () => {
    const home = open('taken');
    const first = await start(home);
    await first.stop();
    const taken = await takePort(Number(new URL(first.uiUrl).port));
    const second = await start(home);
    expect(second.address).toBe(first.address);
    expect(second.uiUrl).not.toBe(first.uiUrl);
    await second.stop();
    await new Promise((resolve) => taken.close(resolve));
  });

  it('tries again when a port is taken in the very moment of its start', async () => {
    const home = open('race');
    const inUse = 'echo "can\'t set frontend port: bind: address already in use" >&2; exit 1';
    const { program, tries } = writeUnlucky('racing', 1, inUse);
    const server = await startTemporal({ binary: program, home, searchAttributes: {} });
    expect(readFileSync(tries, 'utf8')).toBe('try\ntry\n');
    await server.stop();
  });

  it('that is killed while it starts is started again by whoever keeps it running', async () => {
    const home = open('killed-early');
    const { program } = writeUnlucky('unlucky', 2, 'kill -9 $$');
    const startUnlucky = () => startTemporal({ binary: program, home, searchAttributes: {} });
    await expect(startUnlucky()).rejects.toThrow(KilledError);
    const lines: string[] = [];
    const { first, stop } = await keepRunning({
      ...{ name: 'The server', logFile: join(home.logs, 'temporal.log'), start: startUnlucky },
      report: (line) => lines.push(line),
    });
    expect(lines).toEqual([expect.stringContaining('The server was killed while it started')]);
    await connect(first.address, startWorkflow);
    await stop();
  });

  it('says why it did not start', async () => {
    const broken = writeProgram(scratch, 'broken-binary', 'echo "unable to open database: disk full" >&2; exit 1');
    const failure = startTemporal({ binary: broken, home: open('broken'), searchAttributes: {} });
    await expect(failure).rejects.toThrow('did not start: unable to open database: disk full (whole output: ');
    await expect(failure).rejects.toMatchObject({
      name: 'UserError',
      remedy: expect.stringContaining('ETUDE_TEMPORAL'),
    });
  });
});
