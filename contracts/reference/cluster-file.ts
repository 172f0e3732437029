/** A file of `clusters/`: where trainings and student servers run, if not on this machine. Part of no plan. */
import { z } from 'zod';

const word = z.string().regex(/^[\w.,:@%+/-]+$/, 'letters, digits and . , : @ % + / - only');
const line = z.string().regex(/^[^\n]*$/, 'one line');

export const clusterFileSchema = z.strictObject({
  backend: z.literal('slurm'),
  /** Folder of all jobs, under the same path on this machine and on the nodes. */
  jobs: z.string().startsWith('/'),
  /** A host for `ssh`, as its config names it; without it Slurm's commands run here. */
  ssh: word.optional(),
  /** A Python on the nodes that has what trainer/requirements name, and the folder with the package `etude_trainer`. */
  python: line,
  trainer: z.string().startsWith('/'),
  partition: word.optional(),
  account: word.optional(),
  qos: word.optional(),
  gpus: z.int().min(1).optional(),
  cpus: z.int().min(1).optional(),
  memory: word.optional().describe('as sbatch --mem takes it: 64G'),
  minutes: z.int().min(1).optional(),
  modules: z.array(word).default([]),
  /** An Apptainer image in which the command runs. */
  container: line.optional(),
  environment: z.record(z.string().regex(/^[A-Za-z_]\w*$/), line).default({}),
  /** Further lines of the job script, unchanged. */
  sbatch: z.array(line.startsWith('#SBATCH ')).default([]),
  pollSeconds: z.number().positive().default(15),
  /** A job of the trainer ends when no worker has been alive for so long. */
  leaseSeconds: z.number().positive().default(600),
  /** What student servers listen on: the nodes must be reachable from the machine of the worker, and from nowhere else. */
  listen: word.default('0.0.0.0'),
});
export type ClusterFile = z.infer<typeof clusterFileSchema>;
