/** The script of a Slurm job: resources, the fences that let only one run write, the command, and its exit status as a file. */
import type { ClusterFile } from '../../contracts/reference/cluster-file.ts';
import type { JobRequest } from './backend.ts';

export interface ScriptInput {
  readonly cluster: ClusterFile;
  readonly request: JobRequest;
  readonly name: string;
}

export const quote = (text: string): string => `'${text.replaceAll("'", String.raw`'\''`)}'`;

/**
 * Two jobs of one name exist if a submission was repeated while the first still was on its way: the folder `claim-NAME` lets
 * one of them run. After the death of a node Slurm runs a job again while its old processes may live on: they watch `fence`
 * every five seconds and end when it names another run; the new run waits for that.
 */
const FENCE = `
me="$SLURM_JOB_ID.\${SLURM_RESTART_COUNT:-0}"
mkdir "claim-$1" 2>/dev/null && echo "$SLURM_JOB_ID" > "claim-$1/job"
for _ in 1 2 3 4 5 6 7 8 9 10; do [ -s "claim-$1/job" ] && break; sleep 1; done
[ "$(cat "claim-$1/job")" = "$SLURM_JOB_ID" ] || { echo "another job has this name; this one ends" >&2; exit 0; }
shift
echo "$me" > fence.tmp.$$ && mv fence.tmp.$$ fence || exit 73
[ "\${SLURM_RESTART_COUNT:-0}" = 0 ] || sleep 15
hostname > host.tmp && mv host.tmp host
setsid "$@" &
child=$!
trap 'kill -TERM -- -$child 2>/dev/null' TERM
while kill -0 $child 2>/dev/null; do
  [ "$(cat fence)" = "$me" ] || { kill -KILL -- -$child; echo "a later run has taken over; this one ends" >&2; exit 75; }
  for _ in 1 2 3 4 5; do kill -0 $child 2>/dev/null || break; sleep 1; done
done
wait $child
code=$?
[ "$(cat fence)" = "$me" ] || exit 75
echo "$code" > exit.tmp && mv exit.tmp exit
exit $code
`;

export function renderJobScript({ cluster, request, name }: ScriptInput): string {
  const { partition, account, qos, gpus, cpus, memory, minutes, container } = cluster;
  const options: [string, string | number | undefined][] = [
    ['job-name', name],
    ['partition', partition],
    ['account', account],
    ['qos', qos],
    ['gres', gpus && `gpu:${gpus}`],
    ['cpus-per-task', cpus],
    ['mem', memory],
    ['time', minutes],
  ];
  const resources = options.flatMap(([key, value]) => (value === undefined ? [] : [`#SBATCH --${key}=${value}`]));
  const variables = Object.entries({ ...cluster.environment, ...request.environment });
  const inside = container === undefined ? [] : ['apptainer', 'exec', '--nv', container];
  return [
    '#!/bin/bash',
    ...resources,
    '#SBATCH --requeue',
    '#SBATCH --open-mode=append',
    ...cluster.sbatch,
    `cd ${quote(request.directory)} || exit 73`,
    ...cluster.modules.map((module) => `module load ${quote(module)} || exit 78`),
    ...variables.map(([key, value]) => `export ${key}=${quote(value)}`),
    `set -- ${[name, ...inside, ...request.command].map(quote).join(' ')}`,
    FENCE,
  ].join('\n');
}
