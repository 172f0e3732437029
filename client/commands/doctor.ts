/** `etude doctor`: installs what is missing and says what is used. */
import { openHome, resolveHomeDirectory } from '../../infra/home/open-home.ts';
import { ensureSetUp } from '../../infra/setup/ensure-set-up.ts';
import type { Terminal } from '../terminal.ts';

export async function checkSetUp(_: string, options: { home?: string }, terminal: Terminal): Promise<void> {
  const home = openHome(resolveHomeDirectory(options.home));
  const { temporalBinary, python } = await ensureSetUp({ temporal: true, python: true }, terminal.say);
  terminal.finish({ node: process.version, temporalBinary, python, home: home.directory, homeId: home.id }, () => {
    terminal.say(`Node      ${process.version}`);
    terminal.say(`Temporal  ${temporalBinary}`);
    terminal.say(`Python    ${python}`);
    terminal.say(`Home      ${home.directory}`);
  });
}
