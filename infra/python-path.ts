/** Finds the trainer's Python: `ETUDE_PYTHON`, or the environment that set-up makes in the project's folder. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = new URL('../', import.meta.url);

export function pythonPath(): string {
  const path = process.env['ETUDE_PYTHON'] ?? fileURLToPath(new URL('.venv/bin/python', root));
  if (!existsSync(path)) {
    throw new Error(
      `There is no Python for the trainer at ${path}. Run \`./etude doctor\` to install it, or set ETUDE_PYTHON to one.`,
    );
  }
  return path;
}

/** The folder that goes into `PYTHONPATH`, so that `python -m etude_trainer` is found. */
export const trainerPath = (): string => fileURLToPath(new URL('trainer', root));
