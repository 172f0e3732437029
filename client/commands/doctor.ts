/** `etude doctor`: checks every file of the home, installs what is missing, and says which programs are used. */
import { UserError } from '../../contracts/failures.ts';
import { openHome, resolveHomeDirectory } from '../../infra/home/open-home.ts';
import { ensureSetUp } from '../../infra/setup/ensure-set-up.ts';
import { checkHome } from '../home/check-home.ts';
import type { Terminal } from '../terminal/terminal.ts';

export async function checkSetUp(options: { home?: string }, terminal: Terminal): Promise<void> {
  const home = openHome(resolveHomeDirectory(options.home));
  const { files, damaged } = await checkHome(home);
  if (damaged.length > 0)
    throw new UserError(
      `The home ${home.directory} is damaged:\n${damaged.map((line) => `  ${line}`).join('\n')}`,
      'Nothing was changed. Restore these files from a backup (`./etude backup`), or use the backup as the home.',
    );
  const { temporalBinary, python } = await ensureSetUp({ temporal: true, python: true }, terminal.say);
  const found = { node: process.version, temporalBinary, python, home: home.directory, homeId: home.id, files };
  terminal.finish(found, () => {
    terminal.say(`Node      ${process.version}`);
    terminal.say(`Temporal  ${temporalBinary}`);
    terminal.say(`Python    ${python}`);
    terminal.say(`Home      ${home.directory}   ledger and ${files} files of store and checkpoints are undamaged`);
  });
}
