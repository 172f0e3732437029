import type { Stuck } from '../../activities/ledger/retries.ts';
import { formatDuration } from '../terminal/terminal.ts';

/** One line: what does not advance, for how long, and its last fault. */
export function describeStuck({ type, activities, attempt, since, fault }: Stuck, now = new Date().getTime()): string {
  const what = activities === 1 ? type : `${activities.toLocaleString('en')} times ${type}`;
  const age = formatDuration(Math.max(0, now - Date.parse(since)));
  return `does not advance: ${what}, for ${age}, at attempt ${attempt}: ${fault}`;
}
