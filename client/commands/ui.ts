/** `etude ui`: the Temporal Web UI over the home's database, also of studies that have ended. Runs no work. */
import { join } from 'node:path';
import { UserError } from '../../contracts/failures.ts';
import { SEARCH_ATTRIBUTES } from '../../contracts/search-attributes.ts';
import { lockHome } from '../../infra/home/lock-home.ts';
import { openHome, resolveHomeDirectory } from '../../infra/home/open-home.ts';
import { ensureSetUp } from '../../infra/setup/ensure-set-up.ts';
import { startTemporal } from '../../infra/temporal/dev-server.ts';
import { Interrupted, onInterrupt } from '../interrupt.ts';
import type { Terminal } from '../terminal.ts';

export async function serveUi(_: string, options: { home?: string }, terminal: Terminal): Promise<void> {
  const home = openHome(resolveHomeDirectory(options.home));
  const interrupt = onInterrupt('Nothing was lost.');
  const { temporalBinary: binary } = await ensureSetUp({ temporal: true }, terminal.say);
  const lock = lockHome(home, 'etude ui');
  try {
    const server = await startTemporal({ binary, home, searchAttributes: SEARCH_ATTRIBUTES });
    try {
      terminal.finish({ webUi: server.uiUrl }, () => terminal.say(`Web UI   ${server.uiUrl}   Ctrl-C ends it.`));
      await Promise.race([interrupt.happened, server.exited]);
      throw new UserError(
        `The Temporal server ended; its last words are in ${join(home.logs, 'temporal.log')}.`,
        'Mend what they name and run the same command again.',
      );
    } finally {
      await server.stop();
    }
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
  } finally {
    lock.release();
  }
}
