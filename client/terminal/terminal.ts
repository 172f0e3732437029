/** The output of a command: lines for people, or one JSON value with `--json`. */
import { UserError } from '../../contracts/failures.ts';

export interface Terminal {
  readonly json: boolean;
  /** Whether the output is a terminal, on which a line can be rewritten. */
  readonly live: boolean;
  /** Prints a line for people; on standard error with `--json`, so that standard output stays one JSON value. */
  readonly say: (line?: string) => void;
  /** Prints progress: rewrites one line on a terminal, adds a line each time elsewhere. */
  readonly update: (line: string) => void;
  /** Ends the process in peace when whoever reads its output stops, as `head` does. For commands that only read. */
  readonly endWithReader: () => void;
  /** Prints the command's result: calls `text` for people, prints `value` whole with `--json`. */
  readonly finish: (value: unknown, text: () => void) => void;
}

/** Terminal codes: return to the first column and erase the line. */
const ERASE_LINE = '\r\u001b[K';

export function makeTerminal({ json }: { json: boolean }): Terminal {
  const stream = json ? process.stderr : process.stdout;
  let updating = false;
  const say = (line = ''): void => {
    stream.write(`${updating ? ERASE_LINE : ''}${line}\n`);
    updating = false;
  };
  const update = (line: string): void => {
    if (!stream.isTTY) return say(line);
    updating = true;
    // A line that wraps could not be erased, so it is cut at the terminal's width.
    stream.write(`${ERASE_LINE}${line.slice(0, (stream.columns || 80) - 1)}`);
  };
  return {
    json,
    live: stream.isTTY === true,
    say,
    update,
    endWithReader: () =>
      void process.stdout.on('error', ({ code }: NodeJS.ErrnoException) => {
        if (code === 'EPIPE') process.exit(0);
      }),
    finish: (value, text) => (json ? void process.stdout.write(`${JSON.stringify(value, null, 2)}\n`) : text()),
  };
}

/** A `UserError` with its remedy; any other error is a fault of Etude, whose stack is shown if ETUDE_DEBUG is set. */
export function explainError(error: unknown, json: boolean): string {
  const message = error instanceof Error ? error.message : String(error);
  const remedy =
    error instanceof UserError
      ? error.remedy
      : 'This is a fault of Etude: run the same command again with ETUDE_DEBUG=1 to see where, and report it.';
  const stack = process.env['ETUDE_DEBUG'] && error instanceof Error ? error.stack : undefined;
  if (json) return JSON.stringify({ error: message, remedy, stack });
  return [`etude: ${message}`, remedy, ...(stack === undefined ? [] : [stack])].join('\n');
}

export const formatDuration = (milliseconds: number): string => {
  const seconds = Math.round(milliseconds / 1000);
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, '0')).join(':');
};
