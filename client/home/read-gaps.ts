/** What a finished study lacks, as its last analysis wrote it down: read by `start` and `status`, without analysing again. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GAPS_FILE } from '../../activities/analysis/write-outputs.ts';
import { gapsSchema, type Gap } from '../../contracts/outputs/gaps.ts';
import type { Home } from '../../infra/home/open-home.ts';

/** Undefined when no analysis of this plan has been written, or its file is damaged: `./etude report` writes it again. */
export async function readGaps(
  home: Home,
  { name, plan }: { readonly name: string; readonly plan: string },
): Promise<readonly Gap[] | undefined> {
  const text = await readFile(join(home.runs, name, GAPS_FILE), 'utf8').catch(() => undefined);
  const parsed = gapsSchema.safeParse(parseJson(text ?? ''));
  return parsed.success && parsed.data.plan === plan ? parsed.data.gaps : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
