/** `etude backup DIR`: copies a home, also while it is in use, so that every study can be reported or continued from it. */
import { resolve } from 'node:path';
import { requireHome, resolveHomeDirectory } from '../../infra/home/open-home.ts';
import { backUpHome } from '../home/back-up-home.ts';
import type { Terminal } from '../terminal/terminal.ts';

export async function backUp(target: string, options: { home?: string }, terminal: Terminal): Promise<void> {
  const home = requireHome(resolveHomeDirectory(options.home));
  const backup = await backUpHome(home, resolve(target));
  terminal.finish({ home: home.directory, ...backup }, () => {
    const { directory, files, checkpoints } = backup;
    terminal.say(`Backup   ${directory}   ${files} files with ${checkpoints} checkpoints`);
    terminal.say(
      'The backup is a home itself: use it with `./etude report STUDY --home DIR` or `./etude start FILE --home DIR`.',
    );
  });
}
