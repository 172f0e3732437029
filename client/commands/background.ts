/** `etude attach` and `stop`: what was started in the background is watched, and ended in order. */
import { open } from 'node:fs/promises';
import { setTimeout as wait } from 'node:timers/promises';
import { UserError } from '../../contracts/failures.ts';
import { requireHome, resolveHomeDirectory, type Home } from '../../infra/home/open-home.ts';
import { detachedLog } from '../home/detach.ts';
import { onInterrupt } from '../home/interrupt.ts';
import { findOwner } from '../home/owner.ts';
import type { Terminal } from '../terminal/terminal.ts';

const POLL_MS = 500;
const STOP_POLL_MS = 200;
/** So much of what was said before is shown first. */
const BEFORE_BYTES = 4_096;

export async function attach(options: { home?: string }, terminal: Terminal): Promise<void> {
  const home = requireHome(resolveHomeDirectory(options.home));
  const owner = await findOwner(home);
  const log = detachedLog(home);
  if (!owner)
    throw new UserError(
      `No study runs in the home ${home.directory} now.`,
      `Its last output is in ${log}; \`./etude start FILE --detach\` starts one.`,
    );
  if (!owner.detached)
    throw new UserError(
      `\`${owner.what}\` (process ${owner.pid}) was not started with --detach: it writes to its own terminal.`,
      'See `./etude status` for how far it is.',
    );
  const interrupt = onInterrupt('The study continues without this command.', 'detaching');
  terminal.say(`${owner.what}, process ${owner.pid}, since ${owner.started}. Ctrl-C leaves it running. Log ${log}`);
  try {
    await follow(home, log, terminal, interrupt.signal);
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
  }
  const running = (await findOwner(home)) !== undefined;
  terminal.finish({ home: home.directory, log, running }, () =>
    terminal.say(running ? 'Detached: the study continues.' : 'The study has ended; see `./etude status`.'),
  );
}

async function follow(home: Home, log: string, { say }: Terminal, signal: AbortSignal): Promise<void> {
  const file = await open(log, 'r');
  try {
    let at = Math.max(0, (await file.stat()).size - BEFORE_BYTES);
    let rest = '';
    let partial = at > 0;
    // A character may be written in two parts.
    const decoder = new TextDecoder();
    for (;;) {
      // Asked before reading: what it said last is read after it has ended.
      const running = (await findOwner(home)) !== undefined;
      const { size } = await file.stat();
      const { buffer } = await file.read(Buffer.alloc(Math.max(0, size - at)), 0, Math.max(0, size - at), at);
      at = size;
      const lines = `${rest}${decoder.decode(buffer, { stream: true })}`.split('\n');
      rest = lines.pop() ?? '';
      // The first line begins before what was read.
      if (partial && lines.shift() !== undefined) partial = false;
      for (const line of lines) say(line);
      if (!running) return;
      await wait(POLL_MS, undefined, { signal });
    }
  } finally {
    await file.close();
  }
}

/** Trainings and servers are given time to end; then the command says that it still waits. */
const PATIENCE_MS = 120_000;

export async function stop(options: { home?: string }, terminal: Terminal): Promise<void> {
  const home = requireHome(resolveHomeDirectory(options.home));
  const owner = await findOwner(home);
  if (!owner) throw new UserError(`No study runs in the home ${home.directory} now.`, 'There is nothing to stop.');
  try {
    process.kill(owner.pid, 'SIGTERM');
  } catch (cause) {
    throw new UserError(
      `Process ${owner.pid} (${owner.what}) cannot be stopped by this account: ${(cause as Error).message}.`,
      'Stop it as the account that started it.',
      { cause },
    );
  }
  const until = performance.now() + PATIENCE_MS;
  while ((await findOwner(home))?.pid === owner.pid) {
    if (performance.now() > until)
      throw new UserError(
        `Process ${owner.pid} (${owner.what}) was asked to stop and has not ended within ${PATIENCE_MS / 1000} s.`,
        `Wait, or end it with \`kill -9 ${owner.pid}\`: nothing that was paid for is lost.`,
      );
    await wait(STOP_POLL_MS);
  }
  terminal.finish({ home: home.directory, stopped: owner.what, pid: owner.pid }, () =>
    terminal.say(`${owner.what} (process ${owner.pid}) has stopped. The same start command continues it.`),
  );
}
