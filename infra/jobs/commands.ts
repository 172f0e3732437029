/** The command lines of the trainer, for any backend. */
import type { JobPlace, JobRequest } from './backend.ts';

/** The server's exit code (EX_CONFIG) when trying again is useless: its model is missing or its settings are wrong. */
export const SERVER_MISTAKEN = 78;

type Command = Pick<JobRequest, 'command' | 'environment'>;

const trainerCommand = ({ python, trainer, lease }: JobPlace, ...args: string[]): Command => ({
  command: [python, '-m', 'etude_trainer', ...args, ...lease],
  environment: { PYTHONPATH: trainer },
});

export interface TrainCommandInput {
  /** The folder that contains `job.json`. */
  directory: string;
}

export function trainCommand(place: JobPlace, { directory }: TrainCommandInput): Command {
  return trainerCommand(place, 'train', '--job', directory);
}

/** A folder where the job runs, or a model of the Hugging Face hub at a commit. */
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
}

export function serveCommand(place: JobPlace, input: ServeCommandInput): Command {
  const { model, name, port = 0, portFile, threads = 1, device = 'auto' } = input;
  const which = 'path' in model ? ['--model', model.path] : ['--hub', model.hub, '--revision', model.revision];
  const address = ['--host', place.listen, '--port', String(port), '--port-file', portFile];
  return trainerCommand(
    place,
    'serve',
    ...which,
    '--name',
    name,
    ...address,
    '--device',
    device,
    '--threads',
    String(threads),
  );
}
