/** `etude backup DIR`: a copy of a home, also of one at work, from which every study can be reported and gone on with. */
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
      'It is a home: `./etude report STUDY --home` and `./etude start FILE --home` with this folder go on from it.',
    );
  });
}
