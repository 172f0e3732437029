import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { connectionOptionsOf, readSharedServer, wholePaths } from '../../../infra/temporal/connection-settings.ts';

const scratch = mkdtempSync(join(tmpdir(), 'etude-settings-'));
afterAll(() => rmSync(scratch, { recursive: true }));

const KEY = 'key-that-nobody-prints';
const config = join(scratch, 'temporal.toml');
writeFileSync(
  config,
  `[profile.default]
   address = "cloud.example:7233"
   namespace = "team"
   api_key = "${KEY}"
   [profile.near]
   address = "near.example:7233"
   [profile.near.grpc_meta]
   team = "blue"`,
);
/** Without the settings of whoever runs the tests. */
const env = (given: NodeJS.ProcessEnv) => ({ HOME: scratch, XDG_CONFIG_HOME: scratch, ...given });
const server = (address: string) => ({ address, shared: true });

describe('the server of a home', () => {
  it('is its own without ETUDE_TEMPORAL_ADDRESS, whatever the settings of Temporal name', () => {
    expect(
      readSharedServer(env({ TEMPORAL_ADDRESS: 'cloud.example:7233', TEMPORAL_CONFIG_FILE: config })),
    ).toBeUndefined();
    const own = { address: '127.0.0.1:7233', shared: false };
    for (const given of [{ TEMPORAL_CONFIG_FILE: config }, { TEMPORAL_API_KEY: KEY }, { TEMPORAL_TLS: 'true' }])
      expect(connectionOptionsOf(own, env(given))).toEqual({ address: own.address });
  });

  it.each([
    [{ ETUDE_TEMPORAL_ADDRESS: ' a.example:1 ' }, 'a.example:1', 'default'],
    [{ ETUDE_TEMPORAL_ADDRESS: 'a.example:1', ETUDE_TEMPORAL_NAMESPACE: 'mine' }, 'a.example:1', 'mine'],
    [{ ETUDE_TEMPORAL_ADDRESS: 'a.example:1', TEMPORAL_CONFIG_FILE: config }, 'a.example:1', 'default'],
    [{ ETUDE_TEMPORAL_ADDRESS: 'cloud.example:7233', TEMPORAL_CONFIG_FILE: config }, 'cloud.example:7233', 'team'],
    [{ ETUDE_TEMPORAL_ADDRESS: 'profile', TEMPORAL_CONFIG_FILE: config }, 'cloud.example:7233', 'team'],
    [
      { ETUDE_TEMPORAL_ADDRESS: 'profile', TEMPORAL_CONFIG_FILE: config, TEMPORAL_PROFILE: 'near' },
      'near.example:7233',
      'default',
    ],
    [{ ETUDE_TEMPORAL_ADDRESS: 'profile', TEMPORAL_ADDRESS: '[::1]:7' }, '[::1]:7', 'default'],
  ])('is what %j names', (given, address, namespace) => {
    expect(readSharedServer(env(given))).toEqual({ address, namespace, shared: true });
  });

  it('takes keys and TLS from the settings of Temporal', () => {
    expect(connectionOptionsOf(server('cloud.example:7233'), env({ TEMPORAL_CONFIG_FILE: config }))).toEqual({
      address: 'cloud.example:7233',
      tls: true,
      apiKey: KEY,
    });
    expect(connectionOptionsOf(server('a.example:1'), env({ TEMPORAL_API_KEY: KEY }))).toMatchObject({ apiKey: KEY });
    const near = env({ TEMPORAL_CONFIG_FILE: config, TEMPORAL_PROFILE: 'near' });
    expect(connectionOptionsOf(server('near.example:7233'), near)).toMatchObject({ metadata: { team: 'blue' } });
  });

  it('is never sent the key of another server', () => {
    expect(connectionOptionsOf(server('a.example:1'), env({ TEMPORAL_CONFIG_FILE: config }))).toEqual({
      address: 'a.example:1',
    });
  });

  it('names whole paths to a process that is started in another folder', () => {
    expect(wholePaths({ TEMPORAL_CONFIG_FILE: 'a.toml', TEMPORAL_TLS_CLIENT_KEY_PATH: '/b.key' })).toEqual({
      TEMPORAL_CONFIG_FILE: join(process.cwd(), 'a.toml'),
      TEMPORAL_TLS_CLIENT_KEY_PATH: '/b.key',
    });
  });
});

describe('settings that cannot be used', () => {
  const broken = join(scratch, 'broken.toml');
  writeFileSync(broken, `[profile.default]\napi_key = "${KEY}" oops`);
  const missing = join(scratch, 'missing');

  it.each([
    [{ ETUDE_TEMPORAL_ADDRESS: 'nonsense' }, 'ETUDE_TEMPORAL_ADDRESS is not the address'],
    [{ ETUDE_TEMPORAL_ADDRESS: 'profile' }, 'name no address'],
    [{ ETUDE_TEMPORAL_ADDRESS: 'profile', TEMPORAL_CONFIG_FILE: missing }, `${missing} is missing`],
    [{ ETUDE_TEMPORAL_ADDRESS: 'profile', TEMPORAL_CONFIG_FILE: config, TEMPORAL_PROFILE: 'nobody' }, 'cannot be read'],
    [{ ETUDE_TEMPORAL_ADDRESS: 'a.example:1', TEMPORAL_CONFIG_FILE: broken }, 'a mistake in the file'],
    [{ ETUDE_TEMPORAL_ADDRESS: 'a.example:1', TEMPORAL_TLS_SERVER_CA_CERT_PATH: missing }, `${missing}: ENOENT`],
  ])('%j: said without what the file holds', (given, message) => {
    const read = () => connectionOptionsOf(readSharedServer(env(given)) ?? server(''), env(given));
    expect(read).toThrow(message);
    expect(read).not.toThrow(KEY);
  });
});
