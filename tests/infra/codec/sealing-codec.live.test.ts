import { describe, expect, it } from '@jest/globals';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import fc from 'fast-check';
import { makeCodecApp, startCodecServer } from '../../../infra/codec/codec-server.ts';
import { readPayloadKeys } from '../../../infra/codec/payload-keys.ts';
import { isSealed, SealingCodec } from '../../../infra/codec/sealing-codec.ts';
import { plainEnvironment } from '../../../infra/processes/plain-environment.ts';

const OLD = Buffer.alloc(32, 1).toString('base64');
const NEW = Buffer.alloc(32, 2).toString('base64');
const codecOf = (...written: string[]) => new SealingCodec(readPayloadKeys({ ETUDE_PAYLOAD_KEY: written.join(',') }));
const sealOne = async (codec: SealingCodec, value: unknown): Promise<Payload> => {
  const [sealed] = await codec.encode([defaultPayloadConverter.toPayload(value) as Payload]);
  return sealed as Payload;
};
const openOne = async (codec: SealingCodec, payload: Payload): Promise<unknown> =>
  defaultPayloadConverter.fromPayload((await codec.decode([payload]))[0] as Payload);

describe('ETUDE_PAYLOAD_KEY', () => {
  it.each(['short', OLD.slice(0, -4), `${OLD}x`, OLD.replace('=', ''), `${OLD},`, `${OLD};${NEW}`, 'ä'.repeat(44)])(
    'is refused by name as %j, and not shown',
    (written) => {
      const read = () => readPayloadKeys({ ETUDE_PAYLOAD_KEY: written });
      expect(read).toThrow(/^ETUDE_PAYLOAD_KEY: key \d of \d is not 32 bytes in base64\.$/);
    },
  );

  it('is none where it is empty, and several for a change of keys', () => {
    expect([readPayloadKeys({}), readPayloadKeys({ ETUDE_PAYLOAD_KEY: ' ' })]).toEqual([[], []]);
    const both = readPayloadKeys({ ETUDE_PAYLOAD_KEY: ` ${NEW} , ${OLD} ` });
    expect(new Set(both.map(({ id }) => id)).size).toBe(2);
  });
});

describe('the codec', () => {
  it('opens what it sealed, whatever it is, and shows nothing of it', async () => {
    const codec = codecOf(NEW);
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        const sealed = await sealOne(codec, { value, mark: 'plain-words' });
        expect(isSealed(sealed)).toBe(true);
        expect(Buffer.from(sealed.data as Uint8Array).includes('plain-words')).toBe(false);
        expect(JSON.stringify(await openOne(codec, sealed))).toBe(JSON.stringify({ value, mark: 'plain-words' }));
      }),
    );
    expect(await sealOne(codec, 1)).not.toEqual(await sealOne(codec, 1));
  });

  it('opens with an old key and seals with the new one', async () => {
    const [old, both] = [codecOf(OLD), codecOf(NEW, OLD)];
    expect(await openOne(both, await sealOne(old, 'kept'))).toBe('kept');
    await expect(openOne(old, await sealOne(both, 'kept'))).rejects.toThrow(/sealed with key [0-9a-f]{16}, which/);
  });

  it('leaves plain payloads alone, and names the key that is missing', async () => {
    expect(await openOne(codecOf(NEW), await sealOne(new SealingCodec([]), 'plain'))).toBe('plain');
    await expect(openOne(new SealingCodec([]), await sealOne(codecOf(NEW), 'kept'))).rejects.toThrow(
      'ETUDE_PAYLOAD_KEY',
    );
  });

  it('finds out about any changed byte', async () => {
    const sealed = await sealOne(codecOf(NEW), 'kept');
    const bytes = Buffer.from(sealed.data as Uint8Array);
    for (let at = 0; at < bytes.length; at += 1) {
      const data = Buffer.from(bytes);
      data[at] = (data[at] ?? 0) ^ 1;
      await expect(openOne(codecOf(NEW), { ...sealed, data })).rejects.toThrow('was changed or truncated');
    }
    await expect(openOne(codecOf(NEW), { ...sealed, data: bytes.subarray(0, 5) })).rejects.toThrow(
      'was changed or truncated',
    );
  });
});

describe('the codec server', () => {
  const UI = 'http://127.0.0.1:8233';
  const post = (path: string, headers: Record<string, string>, body: unknown) =>
    makeCodecApp(codecOf(NEW), new Set([UI])).request(`http://127.0.0.1:4000${path}`, {
      method: 'POST',
      headers: { host: '127.0.0.1:4000', 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    });
  const plain = {
    metadata: { encoding: Buffer.from('json/plain').toString('base64') },
    data: Buffer.from('"kept"').toString('base64'),
  };

  it('seals and opens for its Web UI', async () => {
    const sealed = await post('/encode', { origin: UI }, { payloads: [plain] });
    const opened = await post('/decode', { origin: UI }, await sealed.json());
    expect(await opened.json()).toEqual({ payloads: [plain] });
    expect(opened.headers.get('access-control-allow-origin')).toBe(UI);
  });

  it('answers the question that a browser asks first', async () => {
    const codec = await startCodecServer(readPayloadKeys({ ETUDE_PAYLOAD_KEY: NEW }));
    codec.allow(`${UI}/namespaces/default`);
    const ask = (origin: string) =>
      fetch(`${codec.url}/decode`, {
        method: 'OPTIONS',
        headers: {
          origin,
          'access-control-request-method': 'POST',
          'access-control-request-headers': 'content-type,x-namespace',
        },
      });
    expect((await ask(UI)).headers.get('access-control-allow-headers')).toContain('x-namespace');
    expect((await ask('http://127.0.0.1:9999')).status).toBe(403);
    await codec.close();
  });

  it.each([
    ['another page', { origin: 'https://elsewhere.example' }],
    ['a name that leads to this machine', { host: 'elsewhere.example:4000' }],
  ])('refuses %s', async (_, headers) => {
    expect((await post('/decode', headers, { payloads: [] })).status).toBe(403);
  });

  it.each(['', '{}', '[]', '{"payloads": 1}', '{"payloads": [1]}'])('refuses %j', async (body) => {
    expect((await post('/decode', { origin: UI }, body)).status).toBe(400);
  });
});

it('an environment without secrets is one of known names', () => {
  const secrets = {
    OPENAI_API_KEY: 'x',
    https_proxy: 'x',
    HF_TOKEN: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
    ETUDE_PAYLOAD_KEY: 'x',
  };
  expect(plainEnvironment({ ...secrets, PATH: '/bin', LC_ALL: 'C' })).toEqual({ PATH: '/bin', LC_ALL: 'C' });
});
