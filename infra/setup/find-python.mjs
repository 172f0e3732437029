import { runCommand } from './run-command.mjs';
import { MINIMUM_PYTHON } from './settings.mjs';
import { UserError } from './user-error.mjs';

const NAMES = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python'];
const PROBE = 'import sys; print("%d.%d.%d %s" % (sys.version_info[:3] + (sys.executable,)))';

/** The interpreter named in `ETUDE_PYTHON`, or the first on the PATH that is recent enough. Throws when there is none. */
export async function findPython(env) {
  const names = env.ETUDE_PYTHON ? [env.ETUDE_PYTHON] : NAMES;
  const seen = [];
  for (const name of names) {
    const found = await probe(name, env);
    if (found?.recent) return found;
    if (found !== undefined) seen.push(`${name} is ${found.version}`);
  }
  const found =
    seen.length > 0
      ? `only older versions are installed (${seen.join(', ')})`
      : `none was found (tried ${names.join(', ')})`;
  throw new UserError(
    `Python ${MINIMUM_PYTHON.join('.')} or newer is needed for fine-tuning, and ${found}.`,
    'Install it (on Debian: apt-get install python3 python3-venv; on macOS: brew install python), or name an interpreter in ETUDE_PYTHON, ' +
      'then run the same command again.',
  );
}

async function probe(name, env) {
  const { ok, output } = await runCommand({ command: name, args: ['-c', PROBE], env, limitSeconds: 20 });
  const match = /^((\d+)\.(\d+)\.\d+) (.+)$/m.exec(output);
  if (!ok || match === null) return undefined;
  const [, version, major, minor, path] = match;
  const recent = Number(major) === MINIMUM_PYTHON[0] && Number(minor) >= MINIMUM_PYTHON[1];
  return { version, path, recent };
}
