import type { Wait } from '../../activities/ledger/holds.ts';

/** One line: what waits for a person, why, and the command that continues afterwards. */
export const describeWait = ({ subject, reason, remedy }: Wait): string =>
  `waiting for a person: ${subject}: ${reason}; then run \`${remedy}\``;
