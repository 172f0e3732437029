import type { ChildProcess } from 'node:child_process';

export interface GuardedExit {
  /** 128 + n when signal n ended the command itself; null when a signal ended its guard. */
  code: number | null;
  signal: NodeJS.Signals | null;
}

export interface SpawnGuardedInput {
  command: string;
  args: readonly string[];
  cwd?: string | undefined;
  env?: NodeJS.ProcessEnv | undefined;
  /** 'pipe', or the descriptor of an open file for standard output and error together. */
  output: 'pipe' | number;
  graceSeconds: number;
}

export function spawnGuarded(input: SpawnGuardedInput): {
  child: ChildProcess;
  exited: Promise<GuardedExit>;
  stop: () => Promise<GuardedExit>;
};
