import type { Provider } from '../../contracts/asking.ts';
import type { Check, Finding } from './check.ts';

const MOST_OFF_MS = 5 * 60_000;
const PATIENCE_MS = 10_000;
const OWN: Readonly<Record<Provider['protocol'], string>> = {
  openai: 'https://api.openai.com',
  anthropic: 'https://api.anthropic.com',
};

/** Certificates and signed requests fail on a clock that is far off, and the times in the ledger are wrong. */
export const checkClock: Check = async ({ planned, signal }) => {
  const providers = Object.values(planned.plan.science.providers).filter(({ endpoint }) => endpoint !== 'lab');
  const origins = new Set(
    providers.map(({ endpoint, protocol }) => new URL(endpoint === 'default' ? OWN[protocol] : endpoint).origin),
  );
  for (const origin of origins) {
    const off = await askTime(origin, signal);
    if (off !== undefined) return [judge(origin, off)];
  }
  return [];
};

/** By how much a server's clock is ahead of ours, in milliseconds; undefined where it does not say. */
async function askTime(origin: string, signal: AbortSignal): Promise<number | undefined> {
  const limited = AbortSignal.any([signal, AbortSignal.timeout(PATIENCE_MS)]);
  const answer = await fetch(origin, { method: 'HEAD', redirect: 'manual', signal: limited }).catch(() => undefined);
  const said = Date.parse(answer?.headers.get('date') ?? '');
  return Number.isNaN(said) ? undefined : said - new Date().getTime();
}

export function judge(origin: string, off: number): Finding {
  const minutes = Math.round(Math.abs(off) / 60_000);
  if (Math.abs(off) <= MOST_OFF_MS) return { subject: 'clock', state: 'ok', found: `within 5 minutes of ${origin}` };
  return {
    subject: 'clock',
    state: 'warning',
    found: `${minutes} minutes ${off > 0 ? 'behind' : 'ahead of'} ${origin}`,
    remedy: 'Set the clock of this machine (NTP).',
  };
}
