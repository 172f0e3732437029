/** Who works on a home now, as its lock and the file beside it say. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { isLocked } from '../../infra/home/lock-home.ts';
import type { Home } from '../../infra/home/open-home.ts';
import { readBirth } from '../../infra/jobs/processes.ts';

const ownerSchema = z.object({
  pid: z.int().positive(),
  what: z.string(),
  started: z.string(),
  /** It writes to `.etude/logs/start.log`, and not to a terminal. */
  detached: z.boolean().default(false),
  birth: z.string().optional(),
});
export type Owner = z.infer<typeof ownerSchema>;

/** Undefined when nobody works on the home. Never ask it of a home that this process has locked. */
export async function findOwner(home: Home): Promise<Owner | undefined> {
  if (!isLocked(home)) return undefined;
  try {
    const owner = ownerSchema.parse(JSON.parse(await readFile(join(home.state, 'owner.json'), 'utf8')));
    // A command that looks at the home has the lock for a moment: the file may be that of an owner which has gone.
    return owner.birth === undefined || readBirth(owner.pid) === owner.birth ? owner : undefined;
  } catch {
    // It has just taken the lock, and its file is not written yet.
    return undefined;
  }
}
