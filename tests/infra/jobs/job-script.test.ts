import { describe, expect, it } from '@jest/globals';
import { clusterFileSchema } from '../../../contracts/reference/cluster-file.ts';
import { renderJobScript } from '../../../infra/jobs/job-script.ts';
import { readClusterFile } from '../../../infra/jobs/make-backend.ts';
import { parseJobs } from '../../../infra/jobs/slurm-commands.ts';

const least = { backend: 'slurm', jobs: '/jobs', python: 'python3', trainer: '/trainer' };
const request = { key: 'k', directory: "/jobs/it's", command: ['python3', '-m', 'a b'] } as const;

describe('the script of a Slurm job', () => {
  it('asks for what the cluster file names, and passes lines of one’s own on', () => {
    const cluster = clusterFileSchema.parse({
      ...least,
      partition: 'gpu',
      gpus: 4,
      minutes: 90,
      sbatch: ['#SBATCH --nice=1'],
    });
    const lines = renderJobScript({ cluster, request, name: 'etude-1' }).split('\n');
    for (const option of ['--job-name=etude-1', '--partition=gpu', '--gres=gpu:4', '--time=90', '--nice=1'])
      expect(lines).toContain(`#SBATCH ${option}`);
    expect(lines.some((line) => line.includes('--account'))).toBe(false);
  });

  it('quotes folders, arguments and variables', () => {
    const cluster = clusterFileSchema.parse({ ...least, environment: { A: '$(rm)' } });
    const script = renderJobScript({ cluster, request, name: 'etude-1' });
    expect(script).toContain(String.raw`cd '/jobs/it'\''s' ||`);
    expect(script).toContain("set -- 'etude-1' 'python3' '-m' 'a b'");
    expect(script).toContain("export A='$(rm)'");
  });
});

describe('a cluster file', () => {
  it.each(['university', 'over-ssh'])('clusters/%s.yaml is one', (name) => {
    expect(readClusterFile(`clusters/${name}.yaml`).backend).toBe('slurm');
  });

  it('refuses a value that would become a line of its own', () => {
    expect(clusterFileSchema.safeParse({ ...least, partition: 'gpu\n#SBATCH --x' }).success).toBe(false);
  });
});

describe('what Slurm lists', () => {
  it('is read with its reason, and without who cancelled', () => {
    expect(parseJobs('7|PENDING|Resources|2026-01-01T00:00:00\n8|CANCELLED by 0|None|x\n')).toEqual([
      { id: '7', state: 'PENDING', reason: 'Resources', since: '2026-01-01T00:00:00' },
      { id: '8', state: 'CANCELLED', reason: 'None', since: 'x' },
    ]);
  });
});
