import type { RedoResult } from '../../contracts/messages.ts';

const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;

/** What is tried again: `8 failed calls (8 of training texts) and 1 failed arm`. */
export function describeRedo({ calls, arms, composing = 0 }: RedoResult): string {
  const ofThem = composing > 0 ? ` (${composing} of training texts)` : '';
  return `${count(calls, 'failed call')}${ofThem} and ${count(arms, 'failed arm')}`;
}
