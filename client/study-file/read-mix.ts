/** Checks the file of data to mix in before anything is paid for, and copies it to the store, so that it may be moved. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { Store } from '../../activities/shared/store.ts';
import { UserError } from '../../contracts/failures.ts';
import type { Mix } from '../../contracts/fine-tuning.ts';
import type { Plan } from '../../contracts/plan.ts';
import { mixFileOf, readMixSource } from '../../domain/corpus/mix-source.ts';

/** Puts the file into the store, unless it is there. `studyPath` is what the source is relative to. */
export async function keepMix(studyPath: string, plan: Plan, store: Store): Promise<void> {
  const { mix } = plan.science.training;
  const sha256 = mixFileOf(mix);
  if (!mix || sha256 === undefined) return;
  if (/^[0-9a-f]{64}$/.test(sha256) && (await store.has(sha256))) return;
  const path = await checkMix(studyPath, plan);
  if (path !== undefined && (await store.putFile(path)) !== sha256) throw wrongRevision(studyPath, path, 'another one');
}

/** The path of the file, if one is mixed in. Throws `UserError` when it is missing, has another hash, or wrong rows. */
export async function checkMix(studyPath: string, plan: Plan): Promise<string | undefined> {
  const { mix } = plan.science.training;
  const source = mix && readMixSource(mix);
  if (!mix || source?.from !== 'file') return undefined;
  const path = resolve(dirname(studyPath), source.path);
  const found = await hashFile(studyPath, path);
  if (found !== mix.revision) throw wrongRevision(studyPath, path, found);
  await checkRows(path, mix);
  return path;
}

const wrongRevision = (studyPath: string, path: string, found: string): UserError =>
  new UserError(
    `${studyPath}: training.mix.revision is not the SHA-256 of ${path}, which is ${found}.`,
    'Write that one if it is the right file; otherwise restore the file.',
  );

async function hashFile(studyPath: string, path: string): Promise<string> {
  const hash = createHash('sha256');
  try {
    // Checked before it is opened, because reading a pipe or a device might never end.
    if (!(await stat(path)).isFile()) throw new Error('it is not a file');
    for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  } catch (cause) {
    const { code, message } = cause as NodeJS.ErrnoException;
    throw new UserError(
      `${studyPath}: training.mix.source: ${path} ${code === 'ENOENT' ? 'does not exist' : `cannot be read: ${message}`}.`,
      'Name a JSONL file relative to the study file, or a dataset as hub:ORG/NAME.',
      { cause },
    );
  }
  return hash.digest('hex');
}

async function checkRows(path: string, { loss }: Mix): Promise<void> {
  let line = 0;
  for await (const row of createInterface({ input: createReadStream(path), crlfDelay: Infinity })) {
    line += 1;
    const fault = findFault(row, loss);
    if (fault)
      throw new UserError(
        `${path}, line ${line}: ${fault}.`,
        'Correct the file and write its new SHA-256 as `revision`.',
      );
  }
  if (line === 0) throw new UserError(`${path} is empty.`, 'Give it a row for each text, or leave `training.mix` out.');
}

function findFault(row: string, loss: Mix['loss']): string | undefined {
  const { messages, text } = parseRow(row);
  if (typeof text === 'string')
    return loss === 'answers' ? 'a plain text has no answers, as `loss: answers` asks for' : undefined;
  if (!Array.isArray(messages) || !messages.every(isMessage))
    return 'a row is {"messages": [{"role": "user", "content": "..."}, ...]} or {"text": "..."}';
  return messages.some(({ role }) => role === 'assistant') ? undefined : 'there is no assistant message to learn';
}

function parseRow(row: string): { messages?: unknown; text?: unknown } {
  try {
    return (JSON.parse(row) ?? {}) as { messages?: unknown; text?: unknown };
  } catch {
    return {};
  }
}

const ROLES = ['system', 'user', 'assistant'];

function isMessage(value: unknown): value is { role: string; content: string } {
  const { role, content } = (value ?? {}) as { role?: unknown; content?: unknown };
  return typeof role === 'string' && ROLES.includes(role) && typeof content === 'string';
}
