/**
 * Two homes run the same science at once on one Temporal server, one of them sealed, with keys planted everywhere and a
 * provider that sends keys back; a backup is taken meanwhile and gone on with.
 */
import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { checkHome } from '../../client/home/check-home.ts';
import { SEARCH_ATTRIBUTES } from '../../contracts/workflows.ts';
import { startCodecServer } from '../../infra/codec/codec-server.ts';
import { failureConverterPath, makeDataConverter } from '../../infra/codec/data-converter.ts';
import { readPayloadKeys } from '../../infra/codec/payload-keys.ts';
import { openHome } from '../../infra/home/open-home.ts';
import { ensureSetUp } from '../../infra/setup/ensure-set-up.ts';
import { startTemporal, type TemporalServer } from '../../infra/temporal/dev-server.ts';
import { prepareSharedServer } from '../../infra/temporal/shared-server.ts';
import { startLab, type Lab } from '../../lab/servers/lab-server.ts';
import { loadWorkflowBundle } from '../../worker/workflow-bundle.ts';
import { countCalls, runCli, SERVER, startCli, TEMPORAL, TRAINER, whileRunning, type Ended } from '../support/cli.ts';
import { makeScratch, PROJECT, writeFileIn } from '../support/scratch.ts';
import { startEcho, type Echo, type EchoServer, type Seen } from './echo-server.ts';
import { filesWith, leaksOf, plantKeys } from './planted.ts';

const LIMIT_MS = 1_800_000;
const PAYLOAD_KEY = Buffer.alloc(32, 7).toString('base64');
const keys = readPayloadKeys({ ETUDE_PAYLOAD_KEY: PAYLOAD_KEY });
const scratch = makeScratch();
const homes = { sealed: join(scratch, 'sealed'), open: join(scratch, 'open'), copy: join(scratch, 'copy') };
const planted = {
  sealed: plantKeys('sealed'),
  open: plantKeys('open'),
  copy: plantKeys('copy'),
  refused: plantKeys('refused'),
};
const secrets = [...Object.values(planted).flatMap((one) => one.secrets), PAYLOAD_KEY];

let lab: Lab;
let echo: EchoServer;
let server: TemporalServer;
let connection: Connection;
const ended: Record<string, Ended> = {};
const leaks = new Set<string>();
const seen = new Set<string>();
let backedUp = 0;

/** By the request alone: about one of five fails at first, with the key all over the answer. */
function chooseEcho({ key, body, sight }: Seen): Echo | undefined {
  if (key.startsWith('sk-refused')) return 401;
  if (key.startsWith('sk-copy') || sight > 0) return undefined;
  return ([429, 500, 'broken'] as const)[Number.parseInt(body.slice(0, 2), 16) % 16];
}

function writeStudy(name: string): string {
  const provider = (protocol: string, url: string, variable: string) =>
    `{ protocol: ${protocol}, endpoint: '${url}', apiKey: ${variable} }`;
  const text = readFileSync(join(PROJECT, 'tests/study/mini.yaml'), 'utf8')
    .replace('name: mini', `name: ${name}`)
    .replace('{ protocol: openai, endpoint: lab }', provider('openai', echo.openaiUrl, 'OPENAI_API_KEY'))
    .replace('{ protocol: anthropic, endpoint: lab }', provider('anthropic', echo.anthropicUrl, 'ANTHROPIC_API_KEY'));
  return writeFileIn(scratch, `${name}.yaml`, text);
}

const environmentOf = (home: keyof typeof planted): NodeJS.ProcessEnv => ({
  ...planted[home].environment,
  ETUDE_TEMPORAL_ADDRESS: server.address,
  ...(home === 'sealed' && { ETUDE_PAYLOAD_KEY: PAYLOAD_KEY }),
});
const paidBy = (home: keyof typeof planted): number =>
  echo.seen.filter((one) => one.key.startsWith(`sk-${home}-`) && chooseEcho(one) === undefined).length;
const resultsOf = (home: string, study: string): string =>
  readFileSync(join(home, 'runs', study, 'results.json'), 'utf8');

/** What a person is told of a refused key is in the ledger. */
const holdsWords = (home: string): boolean =>
  ['ledger.db', 'ledger.db-wal']
    .map((name) => join(home, '.etude', name))
    .some((path) => existsSync(path) && readFileSync(path).includes('the key is missing or not accepted'));

beforeAll(async () => {
  Object.assign(process.env, planted.open.environment);
  lab = await startLab();
  echo = await startEcho(lab, chooseEcho);
  const { temporalBinary: binary } = await ensureSetUp({ temporal: true }, () => undefined);
  server = await startTemporal({
    binary,
    home: openHome(join(scratch, 'server')),
    searchAttributes: SEARCH_ATTRIBUTES,
  });
  connection = await Connection.connect({ address: server.address });
  const looking = setInterval(() => {
    const found = leaksOf(scratch, secrets);
    found.leaks.forEach((leak) => leaks.add(leak));
    found.seen.forEach((command) => seen.add(command));
  }, 200);
  const sealed = startCli(['start', writeStudy('sealed'), '--home', homes.sealed], environmentOf('sealed'));
  const open = startCli(['start', writeStudy('open'), '--home', homes.open, '--json'], environmentOf('open'));
  await whileRunning(sealed, () => countCalls(homes.sealed) > 0);
  ended['taken'] = await runCli(
    ['start', writeStudy('sealed'), '--home', join(scratch, 'third')],
    environmentOf('open'),
  );
  ended['skip'] = await runCli(
    ['skip', 'sealed', 'tiny/base/k2/train', '--why', 'dear', '--home', homes.sealed],
    environmentOf('open'),
  );
  ended['keyless'] = await runCli(['worker', '--home', homes.sealed], environmentOf('open'));
  await whileRunning(open, () => countCalls(homes.open) > 40);
  ended['backup'] = await runCli(['backup', homes.copy, '--home', homes.open, '--json'], environmentOf('open'));
  backedUp = countCalls(homes.copy, 'lab-%');
  Object.assign(ended, { sealed: await sealed.ended, open: await open.ended });
  ended['copy'] = await runCli(['start', writeStudy('open'), '--home', homes.copy], environmentOf('copy'));
  const refused = startCli(
    ['start', writeStudy('refused'), '--home', join(scratch, 'refused')],
    environmentOf('refused'),
  );
  await whileRunning(refused, () => holdsWords(join(scratch, 'refused')));
  refused.kill('SIGINT');
  ended['refused'] = await refused.ended;
  clearInterval(looking);
}, LIMIT_MS);
afterAll(async () => {
  await connection?.close();
  await server?.stop();
  await lab?.close();
});

describe('two homes on one Temporal server', () => {
  it('both end, each with replies that it paid for itself', () => {
    for (const home of ['sealed', 'open'] as const) {
      expect([home, ended[home]?.code, ended[home]?.stderr.match(/^etude: .*/m)]).toEqual([home, 0, null]);
      expect(paidBy(home)).toBe(countCalls(homes[home], 'lab-%'));
      expect(countCalls(homes[home], 'lab-%')).toBeGreaterThan(100);
    }
  });

  it('their results are the same but for their names, sealed or not', () => {
    const nameless = (home: string, study: string) => {
      const results = JSON.parse(resultsOf(home, study)) as object;
      return JSON.stringify({ ...results, study: '', plan: '' });
    };
    expect(nameless(homes.sealed, 'sealed')).toBe(nameless(homes.open, 'open'));
  });

  it('a name that runs in another home is refused, and nothing is changed there', () => {
    expect(ended['taken']?.code).toBe(1);
    expect(ended['taken']?.stderr).toContain(`study sealed of another home (${openHome(homes.sealed).id})`);
    expect(ended['taken']?.stderr).toContain('ETUDE_TEMPORAL_NAMESPACE');
    expect(countCalls(join(scratch, 'third'))).toBe(0);
  });

  it('a server or namespace that is not there is named', async () => {
    const nobody = { address: '127.0.0.1:1', namespace: 'default', shared: true };
    await expect(prepareSharedServer(nobody, {}, { patience: 500 })).rejects.toThrow(
      'No Temporal server answers at 127.0.0.1:1',
    );
    const nowhere = { address: server.address, namespace: 'nowhere', shared: true };
    await expect(prepareSharedServer(nowhere, {})).rejects.toThrow('has no namespace "nowhere"');
  });
});

interface PayloadJson {
  readonly metadata: { readonly encoding: string };
  readonly data?: string;
}

interface Fetched {
  readonly workflowId: string;
  readonly json: string;
  readonly payloads: readonly PayloadJson[];
}

/** Search attributes are payloads too, and are never sealed. */
function payloadsIn(value: unknown, name = ''): PayloadJson[] {
  if (typeof value !== 'object' || value === null || name === 'searchAttributes') return [];
  const { metadata } = value as { metadata?: { encoding?: unknown } };
  if (typeof metadata?.encoding === 'string') return [value as PayloadJson];
  return Object.entries(value).flatMap(([key, child]) => payloadsIn(child, key));
}

async function fetchHistories(study: string): Promise<Fetched[]> {
  const { workflow } = new Client({ connection });
  const fetched: Fetched[] = [];
  const { executions } = await connection.workflowService.listWorkflowExecutions({
    namespace: 'default',
    pageSize: 1_000,
  });
  for (const { execution } of executions ?? []) {
    const [workflowId, runId] = [execution?.workflowId ?? '', execution?.runId ?? ''];
    if (workflowId.split('/')[0] !== study) continue;
    const json = historyToJSON(await workflow.getHandle(workflowId, runId).fetchHistory());
    fetched.push({ workflowId, json, payloads: payloadsIn(JSON.parse(json)) });
  }
  return fetched;
}

const read = (payloads: readonly PayloadJson[]): string =>
  payloads.map(({ data }) => Buffer.from(data ?? '', 'base64').toString('latin1')).join('\n');
/** Of the study: what it is to be found by in payloads that are not sealed. */
const PLAIN = /"plan"|outline|"tuned"|teacherTurns|Study sealed|queues/;

describe('sealed payloads', () => {
  let histories: Fetched[];
  beforeAll(async () => {
    histories = await fetchHistories('sealed');
  });

  it('hold none of the words of the study, and those of the other home do', async () => {
    expect(histories.length).toBeGreaterThan(8);
    for (const { payloads } of histories) {
      expect(new Set(payloads.map(({ metadata }) => Buffer.from(metadata.encoding, 'base64').toString()))).toEqual(
        new Set(['binary/encrypted']),
      );
      expect(read(payloads)).not.toMatch(PLAIN);
    }
    for (const { payloads } of await fetchHistories('open')) expect(read(payloads)).toMatch(PLAIN);
  });

  it('are opened by the codec server, for the Web UI alone', async () => {
    const codec = await startCodecServer(keys);
    codec.allow(server.uiUrl);
    const ask = (origin: string) =>
      fetch(`${codec.url}/decode`, {
        method: 'POST',
        headers: { origin, 'content-type': 'application/json' },
        body: JSON.stringify({ payloads: histories[0]?.payloads }),
      });
    const answer = await ask(server.uiUrl);
    expect(answer.headers.get('access-control-allow-origin')).toBe(server.uiUrl);
    const { payloads } = (await answer.json()) as { payloads: PayloadJson[] };
    expect(read(payloads)).toMatch(PLAIN);
    expect((await ask('https://elsewhere.example')).status).toBe(403);
    await codec.close();
  });

  it('replay with the key, and without it say which one is missing', async () => {
    Runtime.install({ logger: new DefaultLogger('ERROR') });
    const workflowBundle = await loadWorkflowBundle(join(homes.sealed, '.etude/bundles'), failureConverterPath(keys));
    const given = histories.map(({ workflowId, json }) => ({ workflowId, history: JSON.parse(json) as unknown }));
    const replay = async (dataConverter: ReturnType<typeof makeDataConverter>): Promise<string[]> => {
      const errors: string[] = [];
      for await (const { error } of Worker.runReplayHistories({ workflowBundle, dataConverter }, given))
        if (error) errors.push(`${error.message} ${String(error.cause)}`);
      return errors;
    };
    expect(await replay(makeDataConverter(keys))).toEqual([]);
    expect(ended['keyless']?.stderr).toContain(`seals its histories with key ${keys[0]?.id}`);
    // Nor is its ledger changed past its workflow.
    expect(ended['skip']?.code).toBe(1);
    expect(ended['skip']?.stderr).toMatch(/cannot be reached[^]*ETUDE_PAYLOAD_KEY/);
  });
});

describe('planted keys', () => {
  it('stand on no command line, and in no environment of a part that needs none', () => {
    for (const part of [TEMPORAL, TRAINER, SERVER]) expect([...seen].some((command) => part.test(command))).toBe(true);
    expect([...leaks]).toEqual([]);
  });

  it('are in no file of any home: ledger, store, logs, state, databases, outputs', () => {
    expect(filesWith(scratch, secrets)).toEqual([]);
  });

  it('are in nothing that a command said, and in no history', async () => {
    expect(ended['refused']?.code).toBe(130);
    const said = JSON.stringify(ended);
    const all = await Promise.all(['sealed', 'open', 'refused'].map(fetchHistories));
    const codec = makeDataConverter(keys).payloadCodecs?.[0];
    const told = all.flat().map(async ({ json, payloads }) => {
      const raw = payloads.map(({ metadata, data }) => ({
        metadata: Object.fromEntries(
          Object.entries(metadata).map(([name, text]) => [name, Buffer.from(text, 'base64')]),
        ),
        data: Buffer.from(data ?? '', 'base64'),
      }));
      const opened = (await codec?.decode(raw)) ?? [];
      return json + opened.map(({ data }) => Buffer.from(data ?? []).toString('latin1')).join('\n');
    });
    const text = `${said}\n${(await Promise.all(told)).join('\n')}`;
    expect(text).toContain('encryption-key-id');
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
  });
});

describe('a backup of a home at work', () => {
  it('is a home that goes on, and pays for nothing that it holds', () => {
    expect([ended['backup']?.code, ended['backup']?.stderr]).toEqual([0, '']);
    expect(backedUp).toBeGreaterThan(0);
    expect(ended['copy']?.code).toBe(0);
    expect(resultsOf(homes.copy, 'open')).toBe(resultsOf(homes.open, 'open'));
    expect(paidBy('copy')).toBe(countCalls(homes.copy, 'lab-%') - backedUp);
  });

  it('is whole; what is cut, changed or missing is named', async () => {
    const copy = openHome(homes.copy);
    const { files, damaged } = await checkHome(copy);
    expect([files > 2, damaged]).toEqual([true, []]);
    const { plan } = JSON.parse(resultsOf(homes.copy, 'open')) as { plan: string };
    appendFileSync(join(copy.store, plan.slice(0, 2), plan), ' ');
    const model = filesWith(copy.jobs, ['"architectures"']).find((path) => path.endsWith('config.json')) ?? '';
    rmSync(model);
    expect([...(await checkHome(copy)).damaged].sort()).toEqual(
      [
        `${join(copy.store, plan.slice(0, 2), plan)} was truncated or changed after it was written.`,
        `${model} is missing.`,
      ].sort(),
    );
    const refused = await runCli(['backup', join(scratch, 'another'), '--home', homes.copy]);
    expect(refused.stderr).toContain('was truncated or changed');
    const there = await runCli(['backup', homes.open, '--home', homes.sealed]);
    expect(there.stderr).toContain('exists already');
  });
});
