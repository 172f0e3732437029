/** A program that live-setup.mjs starts: `serve-live.ts FOLDER` serves what live tests share until it is told to end. */
import { join } from 'node:path';
import writeFileAtomic from 'write-file-atomic';
import { SEARCH_ATTRIBUTES } from '../../../contracts/workflows.ts';
import { openHome } from '../../../infra/home/open-home.ts';
import { ensureSetUp } from '../../../infra/setup/ensure-set-up.ts';
import { startTemporal } from '../../../infra/temporal/dev-server.ts';
import { loadWorkflowBundle } from '../../../worker/workflow-bundle.ts';
import { servicesFile, type Served } from './live-services.ts';

async function serve(folder: string): Promise<Served> {
  const { temporalBinary: binary } = await ensureSetUp({ temporal: true }, () => undefined);
  const home = openHome(join(folder, 'home'));
  const [server, workflows] = await Promise.all([
    startTemporal({ binary, home, searchAttributes: SEARCH_ATTRIBUTES }),
    loadWorkflowBundle(join(folder, 'bundles')),
  ]);
  process.once('SIGTERM', () => void server.stop());
  const bundle = join(folder, 'workflows.js');
  await writeFileAtomic(bundle, workflows.code);
  return { address: server.address, bundle };
}

const [folder = ''] = process.argv.slice(2);
const served = await serve(folder).catch((error: unknown) => ({ error: String(error) }));
await writeFileAtomic(servicesFile(folder), JSON.stringify(served));
