import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Notice } from '../../../client/running/notices.ts';
import { makeNotifier } from '../../../client/running/notifier.ts';
import { MACHINE_CLOCK } from '../../../infra/processes/clock.ts';
import { makeScratch } from '../../support/scratch.ts';

const scratch = makeScratch();
const notice = (message: string): Notice => ({ study: 'lab', event: 'waiting', message });
const VARIABLE = 'ETUDE_TEST_WEBHOOK';

/** Answers each request with the next of `statuses`, then with 200. */
const received: unknown[] = [];
const statuses: number[] = [];
const server = createServer((request, response) => {
  let body = '';
  request.on('data', (part: Buffer) => (body += part.toString()));
  request.on('end', () => {
    const status = statuses.shift() ?? 200;
    if (status === 200) received.push(JSON.parse(body));
    response.writeHead(status).end();
  });
});
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  process.env[VARIABLE] = `http://127.0.0.1:${(server.address() as AddressInfo).port}/secret-path`;
});
afterAll(() => {
  delete process.env[VARIABLE];
  server.close();
});

/** Sends the messages and returns what the notifier reported. */
async function send(notify: Parameters<typeof makeNotifier>[0], ...messages: string[]): Promise<string[]> {
  const said: string[] = [];
  const notifier = makeNotifier(notify, (line) => said.push(line), { ...MACHINE_CLOCK, sleep: async () => undefined });
  for (const message of messages) notifier.send(notice(message));
  await notifier.close();
  return said;
}

function script(body: string): string {
  const file = join(scratch, `script-${body.length}`);
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
}

describe('a notice', () => {
  it('reaches a command as its last argument and as JSON, in order', async () => {
    const file = join(scratch, 'heard');
    const command = [script(`echo "$1 $2" >> ${file}; cat >> ${file}`), 'first'];
    expect(await send({ command }, 'one; rm -rf $HOME', 'two')).toEqual([]);
    expect(readFileSync(file, 'utf8').split('\n')).toEqual([
      'first one; rm -rf $HOME',
      JSON.stringify(notice('one; rm -rf $HOME')),
      'first two',
      JSON.stringify(notice('two')),
      '',
    ]);
  });

  it('reaches a web address as JSON with a text, also when that fails at first', async () => {
    statuses.push(500);
    expect(await send({ webhook: VARIABLE }, 'hello')).toEqual([]);
    expect(received).toEqual([{ text: 'hello', ...notice('hello') }]);
  });

  it('that cannot be delivered is named, without address or output, and keeps no other', async () => {
    statuses.push(404, 404, 404);
    const said = await send({ webhook: VARIABLE }, 'lost', 'found');
    expect(said).toEqual([expect.stringMatching(/address in ETUDE_TEST_WEBHOOK \(status 404\)/)]);
    expect(said.join()).not.toContain('secret-path');
    expect(received.at(-1)).toMatchObject({ text: 'found' });
    expect(await send({ command: [script('echo secret >&2; exit 7')] }, 'x')).toEqual([
      expect.stringMatching(/\(exit status 7\)/),
    ]);
    expect((await send({ command: [join(scratch, 'missing')] }, 'x')).join()).toMatch(/ENOENT/);
    expect((await send({ webhook: 'ETUDE_TEST_UNSET' }, 'x')).join()).toMatch(/ETUDE_TEST_UNSET is not set/);
  });

  it('goes nowhere where nobody is named', async () => {
    expect(await send(undefined, 'x')).toEqual([]);
  });
});
