/**
 * Jobs as processes of this machine. A job is detached, so it outlives the worker that started it, in a process group of
 * its own. It is found again by its key: `<root>/<hash of the key>.json` names its directory, which contains `process`
 * (process id and start time), `log.txt` and, at the end, `exit` (exit status).
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import writeFileAtomic from 'write-file-atomic';
import { withLock } from '../processes/exclusive-lock.ts';
import { pythonPath, trainerPath } from '../python-path.ts';
import type { Endpoint, JobBackend, JobPlace, JobRef, JobRequest, JobState } from './backend.ts';
import { endGroup, isAlive, type ProcessId, thisProcess } from './processes.ts';
import { readVerdict } from './verdict.ts';

const GRACE_MS = 5_000;
const LOOPBACK = '127.0.0.1';

/** The shell writes `process` before it runs the command, so that a job can be found even if its worker was just killed. */
const WRAPPER = `
if [ -r /proc/$$/stat ]; then birth=$(sed 's/.*) //' /proc/$$/stat | cut -d' ' -f20); else birth=$(ps -o lstart= -p $$ | xargs); fi
printf '%s %s\\n' "$$" "$birth" > process.tmp && mv process.tmp process || exit 73
"$@"
code=$?
printf '%s\\n' "$code" > exit.tmp && mv exit.tmp exit
`;

/** Variables that a job inherits: enough to find programs, devices and proxies, but none of the worker's API keys. */
const INHERITED =
  /^(PATH|HOME|USER|LANG|LC_.*|TZ|TMPDIR|LD_LIBRARY_PATH|XDG_CACHE_HOME|CUDA_.*|NVIDIA_.*|NCCL_.*|HF_HOME|HF_TOKEN(_PATH)?|HF_ENDPOINT|HF_HUB_.*|HF_DATASETS_.*|SSL_CERT_.*|REQUESTS_CA_BUNDLE|https?_proxy|no_proxy)$/i;

interface Registration {
  key: string;
  directory: string;
  owner: ProcessId;
  portFile?: string | undefined;
}

export interface LocalBackendInput {
  /** Folder of the register of jobs: on a local disk of the home. */
  root: string;
  /** The process that owns the home, this process by default; `reap` ends the jobs of owners that have ended. */
  owner?: ProcessId;
}

export class LocalBackend implements JobBackend {
  readonly name = 'local';
  readonly pollMs = 500;
  readonly #root: string;
  readonly #owner: ProcessId;

  constructor({ root, owner = thisProcess() }: LocalBackendInput) {
    this.#root = root;
    this.#owner = owner;
  }

  /** Read when a job is built: not every process that asks for jobs runs some, and set-up may not be done yet. */
  get place(): JobPlace {
    const lease = ['--owner-pid', String(this.#owner.pid)];
    return { python: pythonPath(), trainer: trainerPath(), lease, listen: LOOPBACK };
  }

  /** Key: `request.key`. Attaches to a running job, returns a succeeded one, and starts any other (again). */
  async submit(request: JobRequest): Promise<JobRef> {
    const ref = { backend: this.name, key: request.key };
    await mkdir(this.#root, { recursive: true });
    await withLock(`${this.#path(request.key)}.lock`, async () => {
      const known = await this.#find(request.key);
      if (known !== undefined && known.directory !== request.directory) {
        throw new Error(
          `Job ${request.key} belongs to ${known.directory} and cannot run in ${request.directory}: give it another key.`,
        );
      }
      if (known !== undefined && (await this.#stillCounts(known))) return;
      await this.#start(request);
    });
    return ref;
  }

  async poll(ref: JobRef): Promise<JobState> {
    const job = await this.#find(ref.key);
    if (job === undefined) return { state: 'lost', reason: `No job with the key ${ref.key} was submitted here.` };
    const running = await readProcess(job.directory);
    // Liveness before exit status: a job that ends between these two checks has then written its status.
    const alive = running !== undefined && isAlive(running);
    const exit = await readText(join(job.directory, 'exit'));
    if (existsSync(join(job.directory, 'cancelled'))) return alive ? { state: 'running' } : { state: 'cancelled' };
    if (exit !== undefined) return readVerdict(Number(exit), await tailLog(job.directory, 20));
    if (alive) return { state: 'running', ...(await readEndpoint(job)) };
    return {
      state: 'lost',
      reason: 'The process ended without an exit status: it was killed, or the machine stopped.',
    };
  }

  async cancel(ref: JobRef): Promise<void> {
    const job = await this.#find(ref.key);
    if (job !== undefined) await this.#stop(job);
  }

  async logs(ref: JobRef, { tail }: { tail: number }): Promise<string> {
    const job = await this.#find(ref.key);
    return job === undefined ? '' : tailLog(job.directory, tail);
  }

  /** A worker does this when it starts. */
  async reap({ all = false }: { all?: boolean } = {}): Promise<string[]> {
    await mkdir(this.#root, { recursive: true });
    const names = (await readdir(this.#root)).filter((name) => name.endsWith('.json'));
    const jobs = await Promise.all(names.map((name) => readRegistration(join(this.#root, name))));
    const expired = jobs.filter((job) => job !== undefined).filter((job) => all || !isAlive(job.owner));
    const ended = await Promise.all(expired.map(async (job) => ((await this.#stop(job)) ? [job.key] : [])));
    return ended.flat().sort();
  }

  async #stillCounts(job: Registration): Promise<boolean> {
    const { state } = await this.poll({ backend: this.name, key: job.key });
    if (state === 'succeeded') return true;
    if (state !== 'running') return false;
    if (isAlive(job.owner) && !existsSync(join(job.directory, 'cancelled'))) return true;
    await this.#stop(job); // it is about to end by itself, which a caller that attaches now would take for a failure
    return false;
  }

  async #start(request: JobRequest): Promise<void> {
    const { directory, command, environment, key, portFile } = request;
    await mkdir(directory, { recursive: true });
    // An old port would be taken for the new server's.
    for (const name of ['process', 'exit', 'cancelled', ...(portFile ? [portFile] : [])])
      await rm(join(directory, name), { force: true });
    const registration: Registration = { key, directory, owner: this.#owner, portFile };
    await writeFileAtomic(this.#path(key), JSON.stringify(registration));
    const log = await open(join(directory, 'log.txt'), 'a');
    try {
      const child = spawn('/bin/sh', ['-c', WRAPPER, 'etude-job', ...command], {
        cwd: directory,
        env: { ...inheritEnvironment(), ...environment },
        detached: true,
        stdio: ['ignore', log.fd, log.fd],
      });
      await new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject));
      child.unref();
      while ((await readProcess(directory)) === undefined) {
        if (child.exitCode !== null)
          throw new Error(`Job ${key} could not write its process id in ${directory}: is the disk full?`);
        await sleep(5);
      }
    } finally {
      await log.close();
    }
  }

  /** Leaves a `cancelled` file first, so that whoever polls the job sees it as cancelled, not as lost. */
  async #stop(job: Registration): Promise<boolean> {
    if ((await readText(join(job.directory, 'exit'))) !== undefined) return false;
    await writeFile(join(job.directory, 'cancelled'), '');
    return this.#end(job);
  }

  async #end(job: Registration): Promise<boolean> {
    const running = await readProcess(job.directory);
    if (running === undefined || !isAlive(running)) return false;
    await endGroup(running, { graceMs: GRACE_MS });
    return true;
  }

  #find(key: string): Promise<Registration | undefined> {
    return readRegistration(this.#path(key));
  }

  #path(key: string): string {
    return join(this.#root, `${createHash('sha256').update(key).digest('hex').slice(0, 32)}.json`);
  }
}

function inheritEnvironment(): Record<string, string> {
  const entries = Object.entries(process.env).filter(([name, value]) => INHERITED.test(name) && value !== undefined);
  return Object.fromEntries(entries) as Record<string, string>;
}

async function readProcess(directory: string): Promise<ProcessId | undefined> {
  const text = await readText(join(directory, 'process'));
  const match = /^(\d+) (.+)$/.exec(text ?? '');
  return match === null ? undefined : { pid: Number(match[1]), birth: match[2]! };
}

async function readEndpoint({ directory, portFile }: Registration): Promise<{ endpoint?: Endpoint }> {
  const port = portFile ? Number((await readText(join(directory, portFile))) ?? '') : 0;
  return port > 0 ? { endpoint: { host: LOOPBACK, port } } : {};
}

async function readRegistration(path: string): Promise<Registration | undefined> {
  const text = await readText(path);
  return text === undefined ? undefined : (JSON.parse(text) as Registration);
}

async function readText(path: string): Promise<string | undefined> {
  try {
    return (await readFile(path, 'utf8')).trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

const LOG_WINDOW = 64 * 1024;

async function tailLog(directory: string, lines: number): Promise<string> {
  const path = join(directory, 'log.txt');
  if (!existsSync(path)) return '';
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const { buffer, bytesRead } = await file.read({
      buffer: Buffer.alloc(Math.min(size, LOG_WINDOW)),
      position: Math.max(0, size - LOG_WINDOW),
    });
    return buffer.subarray(0, bytesRead).toString('utf8').trimEnd().split('\n').slice(-lines).join('\n');
  } finally {
    await file.close();
  }
}
