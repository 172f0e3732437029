/**
 * Jobs of a Slurm cluster. What a job is to do and what came of it are files of its folder, which the nodes see too; Slurm is
 * asked where it is while there is no exit status. `<jobs>/.register/<hash of the key>.json` is written before sbatch
 * is called and names the job, so that a submission that was cut off is found under that name instead of repeated.
 */
import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import writeFileAtomic from 'write-file-atomic';
import type { ClusterFile } from '../../contracts/reference/cluster-file.ts';
import { withLock } from '../processes/exclusive-lock.ts';
import type { JobBackend, JobPlace, JobRef, JobRequest, JobState } from './backend.ts';
import { renderJobScript } from './job-script.ts';
import { SlurmCommands, type SlurmJob } from './slurm-commands.ts';
import { readVerdict } from './verdict.ts';

interface Registration {
  key: string;
  directory: string;
  name: string;
  attempt: number;
  portFile?: string | undefined;
}

const WAITING = [
  'PENDING',
  'CONFIGURING',
  'REQUEUED',
  'REQUEUE_HOLD',
  'REQUEUE_FED',
  'SPECIAL_EXIT',
  'SUSPENDED',
  'RESV_DEL_HOLD',
];
const ACTIVE = ['RUNNING', 'COMPLETING', 'STAGE_OUT', 'SIGNALING', 'RESIZING', 'STOPPED'];
const ENDS: Readonly<Record<string, string>> = {
  TIMEOUT: 'It reached its time limit; `minutes` in the cluster file sets that.',
  NODE_FAIL: 'Its node failed.',
  PREEMPTED: 'Another job preempted it.',
  BOOT_FAIL: 'Its node did not start.',
  DEADLINE: 'It reached its deadline.',
};

export class SlurmBackend implements JobBackend {
  readonly name = 'slurm';
  readonly pollMs: number;
  readonly place: JobPlace;
  readonly #cluster: ClusterFile;
  readonly #slurm: SlurmCommands;
  readonly #register: string;

  constructor(cluster: ClusterFile) {
    this.#cluster = cluster;
    this.#slurm = new SlurmCommands(cluster);
    this.#register = join(cluster.jobs, '.register');
    this.pollMs = cluster.pollSeconds * 1000;
    const lease = ['--lease-file', join(this.#register, 'lease'), '--lease-seconds', String(cluster.leaseSeconds)];
    this.place = { python: cluster.python, trainer: cluster.trainer, lease, listen: cluster.listen };
  }

  async submit(request: JobRequest): Promise<JobRef> {
    const ref = { backend: this.name, key: request.key };
    await mkdir(this.#register, { recursive: true });
    await mkdir(request.directory, { recursive: true });
    await withLock(`${this.#path(request.key)}.lock`, async () => {
      const known = await this.#find(request.key);
      if (known !== undefined && known.directory !== request.directory)
        throw new Error(`Job ${request.key} belongs to ${known.directory}: give it another key.`);
      const jobs = known && (await this.#slurm.find(known.name));
      const state = known && (await this.#stateOf(known, jobs!));
      if (state && ['succeeded', 'queued', 'running'].includes(state.state)) return;
      const untouched = known && jobs!.length === 0 && (await isUntouched(known));
      const next = untouched ? known : await this.#begin(request, (known?.attempt ?? 0) + 1);
      const script = renderJobScript({ cluster: this.#cluster, request, name: next.name });
      const log = join(request.directory, 'log.txt');
      await this.#slurm.submit(script, [`--comment=etude ${request.key}`, `--output=${log}`]);
    });
    return ref;
  }

  async poll(ref: JobRef): Promise<JobState> {
    const job = await this.#find(ref.key);
    if (job === undefined) return { state: 'lost', reason: `No job with the key ${ref.key} was submitted here.` };
    return this.#stateOf(job, await this.#slurm.find(job.name));
  }

  async cancel(ref: JobRef): Promise<void> {
    const job = await this.#find(ref.key);
    if (job === undefined || (await readText(join(job.directory, 'exit'))) !== undefined) return;
    await writeFile(join(job.directory, 'cancelled'), '');
    do {
      await this.#slurm.cancel(job.name);
      await sleep(500);
    } while ((await this.#slurm.find(job.name)).some(({ state }) => [...WAITING, ...ACTIVE].includes(state)));
  }

  async logs(ref: JobRef, { tail }: { tail: number }): Promise<string> {
    const job = await this.#find(ref.key);
    return job === undefined ? '' : tailLog(job.directory, tail);
  }

  /** Jobs of an owner that has gone end by their lease, wherever they run. */
  async reap({ all = false }: { all?: boolean } = {}): Promise<string[]> {
    if (!all) return [];
    const names = await readdir(this.#register).catch(() => []);
    const ended: string[] = [];
    for (const name of names.filter((one) => one.endsWith('.json'))) {
      const { key } = JSON.parse(await readFile(join(this.#register, name), 'utf8')) as Registration;
      const { state } = await this.poll({ backend: this.name, key });
      if (state !== 'queued' && state !== 'running') continue;
      await this.cancel({ backend: this.name, key });
      ended.push(key);
    }
    return ended.sort();
  }

  /** Renews the lease of all jobs until the signal; jobs compare its content, so the clocks of nodes may be wrong. */
  async renewLease(signal: AbortSignal): Promise<void> {
    await mkdir(this.#register, { recursive: true });
    for (let beat = 0; !signal.aborted; beat += 1) {
      await writeFileAtomic(join(this.#register, 'lease'), `${process.pid} ${beat}\n`).catch(() => undefined);
      await sleep((this.#cluster.leaseSeconds * 1000) / 10, undefined, { signal }).catch(() => undefined);
    }
  }

  async #begin({ key, directory, portFile }: JobRequest, attempt: number): Promise<Registration> {
    const files = ['exit', 'cancelled', 'host', 'fence', ...(portFile ? [portFile] : [])];
    for (const file of files) await rm(join(directory, file), { force: true });
    const next = { key, directory, portFile, attempt, name: `etude-${this.#hash(key)}-${attempt}` };
    await writeFileAtomic(this.#path(key), JSON.stringify(next));
    return next;
  }

  async #stateOf(job: Registration, jobs: readonly SlurmJob[]): Promise<JobState> {
    const exit = await readText(join(job.directory, 'exit'));
    const cancelled = (await readText(join(job.directory, 'cancelled'))) !== undefined;
    const active = jobs.find(({ state }) => ACTIVE.includes(state));
    if (exit !== undefined && !cancelled) return readVerdict(Number(exit), await tailLog(job.directory, 20));
    if (active) return { state: 'running', ...(await readEndpoint(job)) };
    const waiting = jobs.find(({ state }) => WAITING.includes(state));
    if (waiting) return { state: 'queued', reason: `${waiting.state}: ${waiting.reason}, since ${waiting.since}` };
    if (cancelled || jobs.some(({ state }) => state === 'CANCELLED')) return { state: 'cancelled' };
    const ended = jobs.at(-1)?.state;
    if (ended === 'OUT_OF_MEMORY')
      return {
        state: 'failed',
        exitCode: 137,
        reason: 'It ran out of memory: ask for more `memory` in the cluster file.',
      };
    if (ended === undefined)
      return { state: 'lost', reason: 'Slurm does not know the job, and it left no exit status.' };
    return { state: 'lost', reason: ENDS[ended] ?? `Slurm says ${ended}, and there is no exit status.` };
  }

  #hash = (key: string): string => createHash('sha256').update(`${this.#register}\n${key}`).digest('hex').slice(0, 24);
  #path = (key: string): string => join(this.#register, `${this.#hash(key)}.json`);

  async #find(key: string): Promise<Registration | undefined> {
    const text = await readText(this.#path(key));
    return text === undefined ? undefined : (JSON.parse(text) as Registration);
  }
}

/** Whether no run of this attempt has begun: its submission was cut off before Slurm had it. */
const isUntouched = async ({ directory, name }: Registration): Promise<boolean> =>
  (await readText(join(directory, `claim-${name}`, 'job'))) === undefined &&
  (await readText(join(directory, 'cancelled'))) === undefined;

async function readEndpoint({ directory, portFile }: Registration) {
  const host = await readText(join(directory, 'host'));
  const port = portFile ? Number((await readText(join(directory, portFile))) ?? '') : 0;
  return host && port > 0 ? { endpoint: { host, port } } : {};
}

const readText = (path: string): Promise<string | undefined> =>
  readFile(path, 'utf8').then(
    (text) => text.trim(),
    (error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    },
  );

const tailLog = async (directory: string, lines: number): Promise<string> =>
  ((await readText(join(directory, 'log.txt'))) ?? '').split('\n').slice(-lines).join('\n');
