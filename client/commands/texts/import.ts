/** `etude import STUDY FILE`: stores a person's points in the ledger, and writes results and report with them. */
import { resolve } from 'node:path';
import { importPoints } from '../../../activities/people/import-points.ts';
import { countOf } from '../../../domain/report/page/format.ts';
import { requireHome, resolveHomeDirectory } from '../../../infra/home/open-home.ts';
import { openOffline, writeOffline } from '../../home/offline-study.ts';
import type { Terminal } from '../../terminal/terminal.ts';

export interface ImportFlags {
  readonly person: string;
  readonly replace: boolean;
  readonly home?: string;
}

export async function importFile(
  study: string,
  file: string,
  { person, replace, home }: ImportFlags,
  terminal: Terminal,
): Promise<void> {
  await openOffline(requireHome(resolveHomeDirectory(home)), study, async (open) => {
    const { context, known, plan } = open;
    const imported = await importPoints(context, { plan, hash: known.plan, file: resolve(file), person, replace });
    const { report, results } = await writeOffline(open);
    terminal.finish({ study, ...imported, report, results: results ?? null }, () => {
      const { texts, points } = imported;
      terminal.say(`Imported  ${countOf(points, 'point')} of ${imported.person} on ${countOf(texts, 'text')}`);
      terminal.say(`Report    ${report}`);
    });
  });
}
