/** Reads published figures that come with a catalog: the report shows them; plan and results do not contain them. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { UserError } from '../../contracts/failures.ts';
import { publishedFiguresSchema, type PublishedFigures } from '../../contracts/reference/published-figures.ts';

const REMEDY = 'Correct the file or remove it: a catalog needs none.';

/** Undefined for a catalog without such a file. Throws `UserError` for a file that does not fit its schema. */
export async function readPublished(root: string, catalog: string): Promise<PublishedFigures | undefined> {
  const path = join(root, 'catalogs', catalog, 'published.yaml');
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  return text === undefined ? undefined : parseFigures(text, path);
}

function parseFigures(text: string, path: string): PublishedFigures {
  try {
    return publishedFiguresSchema.parse(parse(text));
  } catch (cause) {
    const reason = cause instanceof z.ZodError ? z.prettifyError(cause) : (cause as Error).message;
    throw new UserError(`${path} cannot be used: ${reason}`, REMEDY, { cause });
  }
}
