/** Writes a blind sample of a finished study's texts for people to judge. */
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { UserError } from '../../contracts/failures.ts';
import type { Plan } from '../../contracts/plan.ts';
import { drawSample, listTexts } from '../../domain/people/blind-sample.ts';
import { writeJsonLines, writeSpreadsheet } from '../../domain/people/blind-sheet.ts';
import { analyseStudy } from '../analysis/analyse-study.ts';
import { recordItems, secretOf } from '../ledger/people-ledger.ts';
import type { ActivityContext } from '../shared/activity-context.ts';
import { writeOutput } from '../shared/store.ts';

export interface ExportInput {
  readonly plan: Plan;
  readonly hash: string;
  readonly texts: number;
  readonly seed: number;
  readonly directory: string;
}

export interface Exported {
  readonly spreadsheet: string;
  readonly jsonLines: string;
  readonly texts: number;
  /** Generated texts of the study. */
  readonly of: number;
}

/** The same seed in the same home gives the same files. Throws `UserError` when the study is not finished. */
export async function exportBlind(context: ActivityContext, input: ExportInput): Promise<Exported> {
  const { plan, hash, texts, seed, directory } = input;
  const { outcomes, open } = await analyseStudy(context, plan, hash);
  const name = plan.science.name;
  if (open > 0)
    throw new UserError(
      `Study "${name}" is not finished: a sample of it now would leave out texts that are still to come.`,
      `See \`./etude status ${name}\`; export when it is finished.`,
    );
  const all = listTexts(outcomes, plan);
  if (all.length === 0)
    throw new UserError(`Study "${name}" has no text: there is nothing to judge.`, 'See its report.');
  const { tables } = context.ledger;
  const items = drawSample(all, { secret: await secretOf(tables, hash), seed, texts });
  const spreadsheet = join(directory, `${name}.blind.csv`);
  const jsonLines = join(directory, `${name}.blind.jsonl`);
  const files = [
    [spreadsheet, writeSpreadsheet(items, plan)],
    [jsonLines, writeJsonLines(items, plan)],
  ] as const;
  await makeFolder(directory);
  for (const [path, content] of files) await requireFree(path, content);
  // Recorded before the files are written, so that every item in a file is known when its points come back.
  await recordItems(tables, hash, items);
  for (const [path, content] of files) await writeOutput(path, content);
  return { spreadsheet, jsonLines, texts: items.length, of: all.length };
}

async function makeFolder(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    const isFile = code === 'EEXIST' || code === 'ENOTDIR';
    throw new UserError(
      `The texts cannot go into ${directory}: ${isFile ? 'it, or a part of its path, is a file' : `it cannot be made (${code})`}.`,
      'Name another folder with --out; it is made if it does not exist.',
      { cause },
    );
  }
}

/** Refuses to overwrite a file with other content: somebody may have begun to fill it in. */
async function requireFree(path: string, content: string): Promise<void> {
  if (!existsSync(path) || (await readFile(path, 'utf8')) === content) return;
  throw new UserError(
    `${path} exists already with other content: somebody may have filled it in.`,
    'Choose another folder with --out, or move it away.',
  );
}
