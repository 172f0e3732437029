import { closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { spawnGuarded, type GuardedExit } from './spawn-guarded.mjs';

export interface StartGuardedInput {
  command: string;
  args: readonly string[];
  /** Standard output and error are appended here. */
  logFile: string;
  cwd?: string;
  env?: NodeJS.ProcessEnv;
  /** Seconds between SIGTERM and SIGKILL. */
  graceSeconds?: number;
}

export interface GuardedProcess {
  /** The process id of the guard, which is also the id of the command's process group. */
  pid: number;
  logFile: string;
  /** Resolves when the command has ended, by itself or because it was stopped. */
  exited: Promise<GuardedExit>;
  running(): boolean;
  /** SIGTERM to the whole group, SIGKILL after the grace time; may be called again. */
  stop(): Promise<GuardedExit>;
}

/** Starts a child process that cannot outlive this one: it ends even when this process is killed with -9. */
export function startGuarded(input: StartGuardedInput): GuardedProcess {
  mkdirSync(dirname(input.logFile), { recursive: true });
  const log = openSync(input.logFile, 'a');
  try {
    const { child, exited, stop } = spawnGuarded({
      command: input.command,
      args: input.args,
      cwd: input.cwd,
      env: input.env,
      output: log,
      graceSeconds: input.graceSeconds ?? 5,
    });
    if (child.pid === undefined)
      throw new Error(`${input.command} cannot start in ${input.cwd ?? '.'}: the folder does not exist`);
    const running = () => child.exitCode === null && child.signalCode === null;
    return { pid: child.pid, logFile: input.logFile, exited, running, stop };
  } finally {
    closeSync(log);
  }
}
