/** The command lines of the trainer, for any backend. */
import { pythonPath, trainerPath } from '../python-path.ts';
import type { JobRequest } from './backend.ts';

/** The server's exit code (EX_CONFIG) when trying again is useless: its model is missing or its settings are wrong. */
export const SERVER_MISTAKEN = 78;

type Command = Pick<JobRequest, 'command' | 'environment'>;

const python = (...args: string[]): Command => ({
  command: [pythonPath(), '-m', 'etude_trainer', ...args],
  environment: { PYTHONPATH: trainerPath() },
});

export interface TrainCommandInput {
  /** The folder that contains `job.json`. */
  directory: string;
  /** The process that owns the home: the job ends when that process has ended. */
  ownerPid: number;
}

export function trainCommand({ directory, ownerPid }: TrainCommandInput): Command {
  return python('train', '--job', directory, '--owner-pid', String(ownerPid));
}

/** A local folder, or a model of the Hugging Face hub at a commit. */
export type ServedModel = { path: string } | { hub: string; revision: string };

export interface ServeCommandInput {
  model: ServedModel;
  /** The name that requests ask for; never a path, as requests are recorded. */
  name: string;
  /** 0 takes a free port. The server writes its port to `portFile` once it answers. */
  port?: number;
  portFile: string;
  threads?: number;
  /** `auto` takes a GPU where there is one. */
  device?: 'cpu' | 'cuda' | 'auto';
  ownerPid: number;
}

export function serveCommand(input: ServeCommandInput): Command {
  const { model, name, port = 0, portFile, threads = 1, device = 'auto', ownerPid } = input;
  const which = 'path' in model ? ['--model', model.path] : ['--hub', model.hub, '--revision', model.revision];
  const served = [...which, '--name', name, '--port', String(port), '--port-file', portFile, '--device', device];
  return python('serve', ...served, '--threads', String(threads), '--owner-pid', String(ownerPid));
}
