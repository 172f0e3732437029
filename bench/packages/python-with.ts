/** An interpreter with packages that are only compared with: each set is installed once, into a folder of its own. */
import { execFile } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cacheFolder } from '../../infra/setup/settings.mjs';

const run = promisify(execFile);

export async function pythonWith(packages: readonly string[]): Promise<string> {
  const folder = join(cacheFolder(process.env), 'bench', packages.join('+').replaceAll(/[^\w.+-]/g, '-'));
  const [python, done] = [join(folder, 'bin/python'), join(folder, 'installed')];
  if (existsSync(done)) return python;
  console.error(`installing ${packages.join(', ')} into ${folder}`);
  await run(process.env['ETUDE_PYTHON'] ?? 'python3', ['-m', 'venv', '--clear', folder]);
  await run(python, ['-m', 'pip', 'install', '--quiet', '--no-input', ...packages]);
  writeFileSync(done, '');
  return python;
}
