/** `etude report STUDY`: writes results and report again from plan and ledger, without a server or a call. */
import { requireHome, resolveHomeDirectory } from '../../infra/home/open-home.ts';
import { writeReport } from '../home/offline-study.ts';
import type { Terminal } from '../terminal/terminal.ts';

export async function reportStudy(name: string, options: { home?: string }, terminal: Terminal): Promise<void> {
  const { report, results, directory } = await writeReport(requireHome(resolveHomeDirectory(options.home)), name);
  terminal.finish({ study: name, directory, report, results: results ?? null }, () => {
    terminal.say(`Report   ${report}`);
    terminal.say(
      results
        ? `Results  ${results}`
        : 'The study is not finished: the report shows what is known, and no results.json was written.',
    );
  });
}
