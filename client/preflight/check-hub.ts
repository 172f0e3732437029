import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Check, Finding } from './check.ts';

const PATIENCE_MS = 15_000;

/** Whether each model of the hub can be had at its revision: gated ones need a licence that was accepted, and a token. */
export const checkHub: Check = async ({ planned, signal }) => {
  const { students } = planned.plan.science;
  return Promise.all(students.flatMap(({ id, base }) => (base.from === 'hub' ? [ask(id, base, signal)] : [])));
};

async function ask(
  student: string,
  { name, revision }: { name: string; revision: string },
  signal: AbortSignal,
): Promise<Finding> {
  const subject = `student ${student} ${name}`;
  const { HF_ENDPOINT: hub = 'https://huggingface.co' } = process.env;
  const token = process.env['HF_TOKEN']?.trim();
  if (token && !/^[\x21-\x7e]+$/.test(token))
    return {
      subject,
      state: 'failed',
      found: 'HF_TOKEN holds what no header can carry',
      remedy: 'Set it again, without blanks and line breaks.',
    };
  const limited = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
  const answer = await fetch(`${hub}/${name}/resolve/${revision}/config.json`, {
    method: 'HEAD',
    headers: token ? { authorization: `Bearer ${token}` } : {},
    signal: limited,
  }).catch(() => undefined);
  if (answer?.ok) return { subject, state: 'ok', found: `${revision} is there` };
  const cached = isCached(name, revision);
  if (answer === undefined)
    return cached
      ? { subject, state: 'ok', found: 'the hub does not answer, and the model is in the local cache' }
      : {
          subject,
          state: 'failed',
          found: `${hub} does not answer, and the model is not in the local cache`,
          remedy: 'Connect this machine, set HF_ENDPOINT, or copy the cache (HF_HOME) here.',
        };
  return {
    subject,
    ...(cached ? { state: 'warning' as const } : { state: 'failed' as const }),
    ...explain(answer.status, name, Boolean(token)),
  };
}

export function explain(status: number, name: string, hasToken: boolean): { found: string; remedy: string } {
  const found = `status ${status}`;
  if (status === 401 || status === 403)
    return {
      found: `${found}: it is gated or private, or its name is misspelt`,
      remedy: hasToken
        ? `Accept its licence at https://huggingface.co/${name} with the account of HF_TOKEN.`
        : `Accept its licence at https://huggingface.co/${name}, and set HF_TOKEN.`,
    };
  if (status === 404)
    return {
      found: `${found}: no such model, revision or file`,
      remedy: 'Check `base.name` and `base.revision` in the study file.',
    };
  return { found, remedy: 'Try again later.' };
}

function isCached(name: string, revision: string): boolean {
  const cache =
    process.env['HF_HUB_CACHE'] ?? join(process.env['HF_HOME'] ?? join(homedir(), '.cache/huggingface'), 'hub');
  const model = join(cache, `models--${name.replaceAll('/', '--')}`);
  // A branch is a reference to a revision.
  return ['snapshots', 'refs'].some((folder) => existsSync(join(model, folder, revision)));
}
