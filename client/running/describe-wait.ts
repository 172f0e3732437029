import type { Wait } from '../../activities/ledger/holds.ts';

/** Why work stands still, and the command that goes on. */
export const describeWait = ({ subject, reason, remedy }: Wait): string =>
  `waiting for a person: ${subject}: ${reason}; then \`${remedy}\``;
