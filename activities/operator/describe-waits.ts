import type { Kysely } from 'kysely';
import type { Watched } from '../../contracts/activities.ts';
import { listNotices } from '../ledger/faults.ts';
import { isPaused } from '../ledger/gates.ts';
import { listWaits } from '../ledger/holds.ts';
import { listStuck } from '../ledger/retries.ts';
import type { KnownStudy } from '../ledger/studies.ts';
import type { LedgerTables } from '../ledger/tables.ts';

/** What a study waits for a person for, in markdown, as the Web UI shows it. */
export async function describeWaits(db: Kysely<LedgerTables>, study: KnownStudy): Promise<Watched> {
  const { name, plan, runtime } = study;
  const waits = await listWaits(db, study);
  const described = waits.map(
    ({ subject, reason, remedy }) =>
      `- waiting for a person: **${asText(subject)}**: ${asText(reason)}; then \`${remedy}\``,
  );
  const paused = (await isPaused(db, plan))
    ? [`- **paused** by a person; \`./etude resume ${name}\` continues it`]
    : [];
  const cap = runtime.limits.usd === undefined ? [] : [`- cap on spending: ${asText(`$${runtime.limits.usd}`)}`];
  // Without its age and attempt, which would make an event of every look.
  const stuck = await listStuck(db, name);
  const failing = [
    ...new Set(
      stuck.map(
        ({ type, fault, since }) =>
          `- does not advance: ${asText(type)}, since ${since.slice(0, 16)}Z: ${asText(fault)}`,
      ),
    ),
  ];
  const notices = (await listNotices(db, plan)).map((text) => `- ${asText(text)}`);
  return {
    details: [...paused, ...described, ...failing, ...cap, ...notices].join('\n'),
    waiting: [...(paused.length > 0 ? ['resume'] : []), ...waits.map(({ subject }) => subject)],
  };
}

/** What would be markup to the Web UI is shown as plain text: two dollar signs would be a formula, angle brackets a tag. */
const asText = (text: string): string => text.replace(/[\\`*_[\]<>$~|&]/g, '\\$&');
