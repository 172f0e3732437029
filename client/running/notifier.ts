/** Sends notices to whom the study file names: a command of the user's, or a web address. Never holds the study up. */
import { setTimeout as wait } from 'node:timers/promises';
import { execa } from 'execa';
import type { Notify } from '../../contracts/runtime.ts';
import type { Notice } from './notices.ts';

export interface Notifier {
  send(notice: Notice): void;
  /** Resolves when what was sent has arrived or failed. */
  close(): Promise<void>;
}

const TIMEOUT_MS = 20_000;
const TRIES = 3;
const AGAIN_MS = 2_000;

/** `report`: gets a line when a notice cannot be delivered; neither address nor output is in it, as they may hold secrets. */
export function makeNotifier(notify: Notify | undefined, report: (line: string) => void): Notifier {
  const sending = new Set<Promise<void>>();
  let order = Promise.resolve();
  const send = (notice: Notice): void => {
    if (!notify) return;
    // One after the other: a reader sees them in the order in which they happened.
    order = order.then(() => deliver(notify, notice)).catch((error: unknown) => report(describeFault(notify, error)));
    const one = order.finally(() => sending.delete(one));
    sending.add(one);
  };
  return { send, close: async () => void (await Promise.allSettled(sending)) };
}

async function deliver(notify: Notify, notice: Notice): Promise<void> {
  for (let attempt = 1; ; attempt += 1)
    try {
      return await ('command' in notify ? runCommand(notify.command, notice) : post(notify.webhook, notice));
    } catch (error) {
      if (attempt === TRIES) throw error;
      await wait(AGAIN_MS * attempt);
    }
}

/** The command gets the message as its last argument, and the whole notice as JSON on its standard input. */
async function runCommand([program = '', ...given]: readonly string[], notice: Notice): Promise<void> {
  await execa(program, [...given, notice.message], { input: `${JSON.stringify(notice)}\n`, timeout: TIMEOUT_MS });
}

/** `text` is what chat services show; the other fields are for programs. */
async function post(variable: string, notice: Notice): Promise<void> {
  const address = process.env[variable];
  if (!address) throw new Error(`${variable} is not set in the environment of \`etude start\``);
  const answer = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ text: notice.message, ...notice }),
    signal: AbortSignal.timeout(TIMEOUT_MS),
  });
  if (!answer.ok) throw new Error(`status ${answer.status}`);
}

function describeFault(notify: Notify, error: unknown): string {
  const { exitCode, code, name, message } = error as { exitCode?: number; code?: string } & Error;
  const what = 'command' in notify ? `command ${notify.command[0]}` : `address in ${notify.webhook}`;
  // Only what is known to hold no secret: an exit code, an error's code, or our own words.
  const own = /^(status \d+|[A-Z0-9_]+ is not set)/.test(message) ? message : (code ?? name);
  const why = exitCode === undefined ? own : `exit status ${exitCode}`;
  return `A notice could not be delivered to the ${what} (${why}); correct \`notify\` in the study file.`;
}
