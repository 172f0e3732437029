import type { Sizes } from '../contracts/workflows.ts';
import { cut } from './run-windowed.ts';

interface Range {
  readonly from: number;
  readonly to: number;
}

/** Cuts a shard into the texts that one activity asks for. */
export const partsOf = ({ from, to }: Range, callsOfItem: number, { callsPerActivity = 1 }: Sizes): Range[] =>
  cut(from, to, Math.max(1, Math.floor(callsPerActivity / callsOfItem)));
