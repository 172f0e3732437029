/**
 * Keeps one history of each workflow type of a home's studies as a fixture:
 * `node --import tsx tests/replay/record-histories.ts HOME LABEL`, after a study has run there.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { SEARCH_ATTRIBUTES } from '../../contracts/search-attributes.ts';
import { lockHome } from '../../infra/home/lock-home.ts';
import { openHome } from '../../infra/home/open-home.ts';
import { ensureSetUp } from '../../infra/setup/ensure-set-up.ts';
import { startTemporal } from '../../infra/temporal/dev-server.ts';

const HISTORIES = fileURLToPath(new URL('./histories/', import.meta.url));

async function record(directory: string, label: string): Promise<void> {
  const home = openHome(directory);
  const lock = lockHome(home, 'recording histories');
  const { temporalBinary: binary } = await ensureSetUp({ temporal: true }, console.log);
  const server = await startTemporal({ binary, home, searchAttributes: SEARCH_ATTRIBUTES });
  const connection = await Connection.connect({ address: server.address });
  try {
    await mkdir(HISTORIES, { recursive: true });
    const seen = new Set<string>();
    const client = new Client({ connection, namespace: server.namespace });
    for await (const { type, workflowId, runId } of client.workflow.list()) {
      if (seen.has(type)) continue;
      seen.add(type);
      const history = await client.workflow.getHandle(workflowId, runId).fetchHistory();
      const file = join(HISTORIES, `${type}.${label}.json`);
      await writeFile(
        file,
        `${JSON.stringify({ workflowId, history: JSON.parse(historyToJSON(history)) as unknown })}\n`,
      );
      console.log(`${type}: ${history.events?.length ?? 0} events of ${workflowId}`);
    }
  } finally {
    await connection.close();
    await server.stop();
    lock.release();
  }
}

const [directory, label] = process.argv.slice(2);
if (!directory || !label) throw new Error('usage: record-histories.ts HOME LABEL');
await record(directory, label);
