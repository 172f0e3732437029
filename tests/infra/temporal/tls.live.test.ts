import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { connect, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer, type Server } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NativeConnection } from '@temporalio/worker';
import { openHome } from '../../../infra/home/open-home.ts';
import { ensureSetUp } from '../../../infra/setup/ensure-set-up.ts';
import { connectionOptionsOf, type ServerPlace } from '../../../infra/temporal/connection-settings.ts';
import { startTemporal, type TemporalServer } from '../../../infra/temporal/dev-server.ts';
import { prepareSharedServer } from '../../../infra/temporal/shared-server.ts';
import { makeScratch } from '../../support/scratch.ts';

const scratch = makeScratch();
const file = (name: string) => join(scratch, name);
const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });
const fresh = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** A certificate of its own authority, as it is used on a private server. */
function makeCertificate(name: string, extensions: string): void {
  writeFileSync(file(`${name}.ext`), extensions);
  openssl('req', ...fresh, '-subj', `/CN=${name}`, '-keyout', file(`${name}.key`), '-out', file(`${name}.csr`));
  const signer = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial'];
  openssl(
    'x509',
    '-req',
    '-in',
    file(`${name}.csr`),
    ...signer,
    '-extfile',
    file(`${name}.ext`),
    '-out',
    file(`${name}.pem`),
  );
}

let temporal: TemporalServer;
const proxies: Server[] = [];

/** Takes TLS connections in front of the dev server, which cannot. */
async function startProxy(asksClients: boolean): Promise<ServerPlace> {
  const [host, port] = temporal.address.split(':') as [string, string];
  const options = {
    key: readFileSync(file('server.key')),
    cert: readFileSync(file('server.pem')),
    ALPNProtocols: ['h2'],
  };
  const clients = asksClients ? { requestCert: true, rejectUnauthorized: true, ca: readFileSync(file('ca.pem')) } : {};
  const proxy = createServer({ ...options, ...clients }, (socket) => {
    const behind = connect(Number(port), host);
    socket.pipe(behind).pipe(socket);
    socket.on('error', () => behind.destroy());
    behind.on('error', () => socket.destroy());
  });
  proxies.push(proxy);
  await new Promise<void>((resolve) => void proxy.listen(0, '127.0.0.1', resolve));
  return { address: `127.0.0.1:${(proxy.address() as AddressInfo).port}`, namespace: 'default', shared: true };
}

beforeAll(async () => {
  openssl('req', '-x509', ...fresh, '-subj', '/CN=test authority', '-keyout', file('ca.key'), '-out', file('ca.pem'));
  makeCertificate('server', 'subjectAltName=IP:127.0.0.1\nbasicConstraints=CA:FALSE\n');
  makeCertificate('client', 'extendedKeyUsage=clientAuth\nbasicConstraints=CA:FALSE\n');
  const { temporalBinary: binary } = await ensureSetUp({ temporal: true }, () => undefined);
  temporal = await startTemporal({ binary, home: openHome(file('home')), searchAttributes: {} });
}, 1_800_000);
afterAll(async () => {
  for (const proxy of proxies) proxy.close();
  await temporal.stop();
});

/** Without the settings of whoever runs the tests. */
const environment = (given: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({
  HOME: scratch,
  XDG_CONFIG_HOME: scratch,
  ...given,
});

/** As a worker does. */
async function work(place: ServerPlace, given: NodeJS.ProcessEnv): Promise<void> {
  const connection = await NativeConnection.connect(connectionOptionsOf(place, environment(given)));
  await connection.workflowService.describeNamespace({ namespace: place.namespace });
  await connection.close();
}

/** As the command line does, and then as a worker. */
async function reach(place: ServerPlace, given: NodeJS.ProcessEnv, patience = 60_000): Promise<void> {
  await prepareSharedServer(place, { StudyId: 'Keyword' }, { env: environment(given), patience });
  await work(place, given);
}

describe('a shared server behind TLS', () => {
  const authority = () => ({ TEMPORAL_TLS_SERVER_CA_CERT_PATH: file('ca.pem') });
  const client = () => ({
    TEMPORAL_TLS_CLIENT_CERT_PATH: file('client.pem'),
    TEMPORAL_TLS_CLIENT_KEY_PATH: file('client.key'),
  });

  it('is reached when its authority is known, and by no other connection', async () => {
    const place = await startProxy(false);
    await reach(place, authority());
    await expect(reach(place, {}, 500)).rejects.toThrow(`No Temporal server answers at ${place.address}`);
    await expect(work(place, {})).rejects.toThrow();
    await expect(work(place, { TEMPORAL_TLS: 'true' })).rejects.toThrow();
  });

  it('is reached with a client certificate when it asks for one, also by a profile', async () => {
    const place = await startProxy(true);
    await reach(place, { ...authority(), ...client() });
    await expect(work(place, authority())).rejects.toThrow();
    const profile = `[profile.lab]
      address = "${place.address}"
      [profile.lab.tls]
      server_ca_cert_path = "${file('ca.pem')}"
      client_cert_path = "${file('client.pem')}"
      client_key_path = "${file('client.key')}"`;
    writeFileSync(file('temporal.toml'), profile);
    await reach(place, { TEMPORAL_CONFIG_FILE: file('temporal.toml'), TEMPORAL_PROFILE: 'lab' });
  });
});
