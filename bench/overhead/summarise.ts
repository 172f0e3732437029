/** Rounds as lines for a person. */
import { middle, ratioOf, type Round, type Way } from './measure-overhead.ts';

export const percent = (share: number): string => `${Math.round(share * 100)} %`;
/** As 1.08 (1.05-1.13). */
export const spread = ({
  middle: value,
  each,
}: {
  readonly middle: number;
  readonly each: readonly number[];
}): string => `${value.toFixed(2)} (${Math.min(...each).toFixed(2)}-${Math.max(...each).toFixed(2)})`;

export interface Summary {
  readonly way: Way;
  readonly seconds: string;
  readonly callsPerSecond: number;
  /** By process, in milliseconds a call. */
  readonly cpu: string;
  readonly inFlight: string;
  readonly others: string;
}

export function summaryOf(measured: readonly Round[], way: Way): Summary | undefined {
  const runs = measured.filter((run) => run.way === way);
  const [first] = runs;
  if (!first) return undefined;
  const per = (name: string) => middle(runs.map(({ cpu, calls }) => ((cpu[name] ?? 0) * 1000) / calls)).toFixed(1);
  return {
    way,
    seconds: runs.map(({ seconds }) => seconds.toFixed(1)).join(', '),
    callsPerSecond: Math.round(middle(runs.map(({ calls, seconds }) => calls / seconds))),
    cpu: Object.keys(first.cpu)
      .map((name) => `${name} ${per(name)}`)
      .join(', '),
    inFlight: `${Math.round(middle(runs.map(({ inFlight }) => inFlight.mean)))} (at most ${Math.max(...runs.map(({ inFlight }) => inFlight.most))})`,
    others: runs.map(({ others }) => percent(others)).join(', '),
  };
}

export function summarise(measured: readonly Round[]): string[] {
  const ways = [...new Set(measured.map(({ way }) => way))];
  const lines = ways.flatMap((way) => {
    const found = summaryOf(measured, way);
    if (!found) return [];
    const { seconds, callsPerSecond, cpu, inFlight, others } = found;
    return `${way}: ${seconds} s; ${callsPerSecond} calls/s; in flight ${inFlight}; CPU ms a call: ${cpu}; cores used by others: ${others}`;
  });
  const ratios = [
    ['etude', 'plain'],
    ['inspect', 'etude'],
  ] as const;
  for (const [way, over] of ratios) {
    const ratio = ratioOf(measured, way, over);
    if (ratio.each.length > 0) lines.push(`${way} / ${over}: ${spread(ratio)}`);
  }
  return lines;
}
