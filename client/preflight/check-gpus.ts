import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Check } from './check.ts';

const ASKED = ['--query-gpu=name,driver_version,memory.free', '--format=csv,noheader'];

/** Students of the hub are trained and served on a GPU where there is one; without one, nearly always too slowly. */
export const checkGpus: Check = async ({ planned, signal }) => {
  const large = planned.plan.science.students.filter(({ base }) => base.from === 'hub').map(({ id }) => id);
  if (large.length === 0) return [];
  const listed = await promisify(execFile)('nvidia-smi', ASKED, { signal, timeout: 20_000 }).then(
    ({ stdout }) => stdout.trim().split('\n').filter(Boolean),
    () => [],
  );
  if (listed.length > 0)
    return listed.map((gpu, index) => ({ subject: `GPU ${index}`, state: 'ok' as const, found: gpu }));
  return [
    {
      subject: 'GPU',
      state: 'warning',
      found: `none (nvidia-smi lists none), and ${large.join(', ')} would be trained and served on the CPU`,
      remedy: 'Only models of some hundred million parameters are feasible there.',
    },
  ];
};
