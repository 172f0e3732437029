/** Sends notices to whom the study file names: a command of the user's, or a web address. Never holds the study up. */
import { execa } from 'execa';
import type { Notify } from '../../contracts/runtime.ts';
import { MACHINE_CLOCK, type Clock } from '../../infra/processes/clock.ts';
import type { Notice } from './notices.ts';

export interface Notifier {
  send(notice: Notice): void;
  /** Resolves when what was sent has arrived or failed: within half a minute, as a command that ends waits for it. */
  close(): Promise<void>;
}

const TIMEOUT_MS = 20_000;
const TRIES = 3;
const AGAIN_MS = 2_000;
const CLOSE_MS = 30_000;

/** `report`: gets a line when a notice cannot be delivered; neither address nor output is in it, as they may hold secrets. */
export function makeNotifier(
  notify: Notify | undefined,
  report: (line: string) => void,
  clock: Clock = MACHINE_CLOCK,
): Notifier {
  const late = new AbortController();
  let order = Promise.resolve();
  const send = (notice: Notice): void => {
    if (!notify) return;
    // One after the other: a reader sees them in the order in which they happened.
    order = order
      .then(() => deliver(notify, notice, { late: late.signal, clock }))
      .catch((error: unknown) => report(describeFault(notify, error, late.signal.aborted)));
  };
  const close = async (): Promise<void> => {
    const timer = setTimeout(() => late.abort(), CLOSE_MS);
    await order;
    clearTimeout(timer);
  };
  return { send, close };
}

async function deliver(
  notify: Notify,
  notice: Notice,
  { late, clock }: { readonly late: AbortSignal; readonly clock: Clock },
): Promise<void> {
  for (let attempt = 1; ; attempt += 1)
    try {
      late.throwIfAborted();
      return await ('command' in notify
        ? runCommand(notify.command, notice, late)
        : post(notify.webhook, notice, late));
    } catch (error) {
      if (attempt === TRIES || late.aborted) throw error;
      await clock.sleep(AGAIN_MS * attempt, { signal: late });
    }
}

/** The command gets the message as its last argument, and the whole notice as JSON on its standard input. */
async function runCommand(
  [program = '', ...given]: readonly string[],
  notice: Notice,
  cancelSignal: AbortSignal,
): Promise<void> {
  const input = `${JSON.stringify(notice)}\n`;
  await execa(program, [...given, notice.message], {
    input,
    // Nobody reads it, and a child that it leaves behind would keep a pipe open beyond its end.
    stdout: 'ignore',
    stderr: 'ignore',
    timeout: TIMEOUT_MS,
    cancelSignal,
  });
}

/** `text` is what chat services show; the other fields are for programs. */
async function post(variable: string, notice: Notice, late: AbortSignal): Promise<void> {
  const address = process.env[variable];
  if (!address) throw new Error(`${variable} is not set in the environment of \`etude start\``);
  const answer = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text: notice.message, ...notice }),
    signal: AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), late]),
  });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
}

function describeFault(notify: Notify, error: unknown, late: boolean): string {
  const { exitCode, name, message, cause } = error as { exitCode?: number } & Error;
  // `fetch` has the code of a connection that failed in the cause of its error.
  const code = (error as { code?: string }).code ?? (cause as { code?: string } | undefined)?.code;
  const what = 'command' in notify ? `command ${notify.command[0]}` : `address in ${notify.webhook}`;
  // Only what is known to hold no secret: an exit code, an error's code, or our own words.
  const own = /^(status \d+|[A-Z0-9_]+ is not set)/.test(message) ? message : (code ?? name);
  const answered = exitCode === undefined ? own : `exit status ${exitCode}`;
  const why = late ? 'the study ended before it answered' : answered;
  return `A notice could not be delivered to the ${what} (${why}); correct \`notify\` in the study file.`;
}
