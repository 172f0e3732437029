/** `etude export --blind STUDY`: writes the files for people, and says how to import them again. */
import { join, resolve } from 'node:path';
import { exportBlind } from '../../../activities/people/export-blind.ts';
import { UserError } from '../../../contracts/failures.ts';
import { countOf } from '../../../domain/report/page/format.ts';
import { requireHome, resolveHomeDirectory } from '../../../infra/home/open-home.ts';
import { openOffline } from '../../home/offline-study.ts';
import type { Terminal } from '../../terminal/terminal.ts';

export interface ExportFlags {
  readonly blind: boolean;
  readonly texts: number;
  readonly seed?: number;
  readonly out?: string;
  readonly home?: string;
}

export async function exportTexts(study: string, flags: ExportFlags, terminal: Terminal): Promise<void> {
  if (!flags.blind)
    throw new UserError(
      'Texts can only be exported blind, so that people judge the text and not the arm that wrote it.',
      `Write \`./etude export --blind ${study}\`.`,
    );
  const home = requireHome(resolveHomeDirectory(flags.home));
  const directory = flags.out === undefined ? join(home.runs, study, 'people') : resolve(flags.out);
  const exported = await openOffline(home, study, ({ context, known, plan }) => {
    const { texts, seed = plan.science.seed } = flags;
    return exportBlind(context, { plan, hash: known.plan, texts, seed, directory });
  });
  terminal.finish({ study, ...exported }, () => {
    terminal.say(`Exported     ${countOf(exported.texts, 'text')} of ${exported.of}`);
    terminal.say(`Spreadsheet  ${exported.spreadsheet}`);
    terminal.say(`JSON lines   ${exported.jsonLines}`);
    terminal.say(
      'Give one of the two files to each person; points are 0, 1 or empty. Only this home knows which arm wrote a text.',
    );
    terminal.say(`Then         ./etude import ${study} FILE --person NAME`);
  });
}
