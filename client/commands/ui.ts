/** `etude ui`: serves Temporal's Web UI for the home's database, also for studies that have ended. Runs no worker. */
import { join } from 'node:path';
import { UserError } from '../../contracts/failures.ts';
import { SEARCH_ATTRIBUTES } from '../../contracts/workflows.ts';
import { startCodecServer } from '../../infra/codec/codec-server.ts';
import { readPayloadKeys } from '../../infra/codec/payload-keys.ts';
import { lockHome } from '../../infra/home/lock-home.ts';
import { requireHome, resolveHomeDirectory } from '../../infra/home/open-home.ts';
import { ensureSetUp } from '../../infra/setup/ensure-set-up.ts';
import { readSharedServer, type ServerPlace } from '../../infra/temporal/connection-settings.ts';
import { startTemporal } from '../../infra/temporal/dev-server.ts';
import { Interrupted, onInterrupt } from '../home/interrupt.ts';
import type { Terminal } from '../terminal/terminal.ts';

export async function serveUi(options: { home?: string }, terminal: Terminal): Promise<void> {
  requireOwnServer(readSharedServer());
  const keys = readPayloadKeys();
  const home = requireHome(resolveHomeDirectory(options.home));
  const interrupt = onInterrupt('Nothing was lost.');
  const { temporalBinary: binary } = await ensureSetUp({ temporal: true }, terminal.say);
  const lock = lockHome(home, 'etude ui');
  try {
    const codec = keys.length > 0 ? await startCodecServer(keys) : undefined;
    const uiCodecEndpoint = codec?.url;
    const server = await startTemporal({ binary, home, searchAttributes: SEARCH_ATTRIBUTES, uiCodecEndpoint });
    codec?.allow(server.uiUrl);
    try {
      terminal.finish({ webUi: server.uiUrl }, () => terminal.say(`Web UI   ${server.uiUrl}   Ctrl-C ends it.`));
      await Promise.race([interrupt.happened, server.exited]);
      throw new UserError(
        `The Temporal server ended; see the end of ${join(home.logs, 'temporal.log')}.`,
        'Correct what the log names, then run the same command again.',
      );
    } finally {
      await server.stop();
      await codec?.close();
    }
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
  } finally {
    lock.release();
  }
}

function requireOwnServer(shared: ServerPlace | undefined): void {
  if (shared === undefined) return;
  throw new UserError(
    `ETUDE_TEMPORAL_ADDRESS names a server (${shared.address}), whose Web UI is not this home's.`,
    'Open that one; unset the variable to see what this home has run on a server of its own.',
  );
}
