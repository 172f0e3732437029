/** The job backends, by the word that a cluster file names; without a file, jobs run on this machine. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { UserError } from '../../contracts/failures.ts';
import { type ClusterFile, clusterFileSchema } from '../../contracts/reference/cluster-file.ts';
import type { JobBackend } from './backend.ts';
import { LocalBackend } from './local-backend.ts';
import type { ProcessId } from './processes.ts';
import { SlurmBackend } from './slurm-backend.ts';

const BACKENDS: Readonly<Record<ClusterFile['backend'], (cluster: ClusterFile) => JobBackend>> = {
  slurm: (cluster) => new SlurmBackend(cluster),
};

export interface MakeBackendInput {
  readonly home: { readonly state: string; readonly jobs: string };
  /** Path of a cluster file. */
  readonly file: string | undefined;
  /** The process that owns the home; this one by default. */
  readonly owner?: ProcessId;
}

export interface BackendWithJobs {
  readonly backend: JobBackend;
  /** The folder that contains a folder for each job. */
  readonly jobs: string;
}

export function makeBackend({ home, file, owner }: MakeBackendInput): BackendWithJobs {
  if (file === undefined) {
    const root = join(home.state, 'job-register');
    return { backend: new LocalBackend({ root, ...(owner && { owner }) }), jobs: home.jobs };
  }
  const cluster = readClusterFile(file);
  return { backend: BACKENDS[cluster.backend](cluster), jobs: cluster.jobs };
}

export function readClusterFile(file: string): ClusterFile {
  const read = clusterFileSchema.safeParse(parse(readFileSync(file, 'utf8')));
  if (read.success) return read.data;
  throw new UserError(`cluster file ${file}: ${z.prettifyError(read.error)}`, 'correct it as docs/clusters.md says');
}
