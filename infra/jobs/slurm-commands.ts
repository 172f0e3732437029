/** Slurm's command line, here or over ssh, and what its answers mean. */
import { execa } from 'execa';
import { UserError } from '../../contracts/failures.ts';
import { quote } from './job-script.ts';

export interface SlurmJob {
  readonly id: string;
  readonly state: string;
  readonly reason: string;
  readonly since: string;
}

const TIMEOUT_MS = 60_000;
/** What sbatch says when the cluster will never take such a job, and what to change. */
const REMEDIES: [RegExp, string][] = [
  [/invalid partition/i, 'name one that `sinfo` lists as `partition` in the cluster file'],
  [/invalid account|account\/partition/i, 'name an account of yours (`sacctmgr show assoc user=$USER`) as `account`'],
  [/invalid qos/i, 'name a QOS of your account as `qos`'],
  [
    /node configuration is not available|more processors|memory specification/i,
    'ask for fewer `gpus`, `cpus` or less `memory`',
  ],
  [/time limit/i, 'ask for fewer `minutes`, or another partition'],
];

export class SlurmCommands {
  readonly #ssh: string | undefined;

  constructor({ ssh }: { ssh?: string | undefined }) {
    this.#ssh = ssh;
  }

  async submit(script: string, options: readonly string[]): Promise<string> {
    const { failed, stdout, stderr } = await this.#run(['sbatch', '--parsable', ...options], script);
    if (!failed) return stdout.split(';')[0]!;
    const remedy = REMEDIES.find(([said]) => said.test(stderr))?.[1];
    if (remedy !== undefined) throw new UserError(`Slurm refuses the job (${stderr.trim()})`, remedy);
    throw unreachable('sbatch', stderr);
  }

  /** The jobs of a name, also those that ended; throws when Slurm does not answer, as that says nothing about the jobs. */
  async find(name: string): Promise<SlurmJob[]> {
    const { failed, stdout, stderr } = await this.#run(['squeue', '-h', '-t', 'all', '-n', name, '-o', '%i|%T|%r|%V']);
    if (failed) throw unreachable('squeue', stderr);
    const queued = parseJobs(stdout);
    if (queued.length > 0) return queued;
    const format = 'JobIDRaw,State,Reason,Submit';
    const past = await this.#run([
      'sacct',
      '-n',
      '-X',
      '-P',
      '-S',
      'now-30days',
      `--name=${name}`,
      `--format=${format}`,
    ]);
    if (!past.failed) return parseJobs(past.stdout);
    if (/accounting storage is disabled/i.test(past.stderr)) return [];
    throw unreachable('sacct', past.stderr);
  }

  async cancel(name: string): Promise<void> {
    const { failed, stderr } = await this.#run(['scancel', '--name', name]);
    if (failed) throw unreachable('scancel', stderr);
  }

  async #run(command: readonly string[], input = '') {
    const [program, ...args] =
      this.#ssh === undefined ? command : ['ssh', '-o', 'BatchMode=yes', this.#ssh, command.map(quote).join(' ')];
    const answer = await execa(program!, args, { input, reject: false, timeout: TIMEOUT_MS });
    return { failed: answer.failed, stdout: answer.stdout ?? '', stderr: answer.stderr || (answer.shortMessage ?? '') };
  }
}

const unreachable = (command: string, said: string): Error =>
  new Error(`Slurm cannot be reached: ${command} failed (${said.trim().slice(0, 500)}); jobs are left as they are.`);

export const parseJobs = (text: string): SlurmJob[] =>
  text
    .split('\n')
    .filter((row) => row.trim() !== '')
    .map((row) => {
      const [id = '', state = '', reason = '', since = ''] = row.split('|').map((part) => part.trim());
      // sacct names who cancelled a job: "CANCELLED by 0".
      return { id, state: state.split(' ')[0]!, reason, since };
    });
