/** Who works on a home now, as its lock and the file beside it say. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isLocked } from '../../infra/home/lock-home.ts';
import type { Home } from '../../infra/home/open-home.ts';

const ownerSchema = z.object({
  pid: z.int().positive(),
  what: z.string(),
  started: z.string(),
});
export type Owner = z.infer<typeof ownerSchema>;

/** Undefined when nobody works on the home. Never ask it of a home that this process has locked. */
export async function findOwner(home: Home): Promise<Owner | undefined> {
  if (!isLocked(home)) return undefined;
  const text = await readFile(join(home.state, 'owner.json'), 'utf8').catch(() => '{}');
  return ownerSchema.safeParse(JSON.parse(text)).data;
}
