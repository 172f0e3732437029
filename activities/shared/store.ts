/** Content-addressed files of a home: plans, datasets, reports. Written whole or not at all. */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { access, link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import writeFileAtomic from 'write-file-atomic';
import { UserError } from '../../contracts/failures.ts';
import { sha256 } from '../../domain/basics/hash.ts';

export class Store {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  pathOf(hash: string): string {
    if (!/^[0-9a-f]{64}$/.test(hash)) throw new RangeError(`"${hash}" is not the address of a stored file`);
    return join(this.#directory, hash.slice(0, 2), hash);
  }

  /** Keeps `content` under its SHA-256, which is returned. Already there: nothing is written. */
  async put(content: string | Uint8Array): Promise<string> {
    const hash = sha256(content);
    const path = this.pathOf(hash);
    if (await exists(path)) return hash;
    const temporary = join(this.#directory, `.${hash.slice(0, 12)}.${randomUUID()}`);
    try {
      await mkdir(dirname(path), { recursive: true });
      await writeSynced(temporary, content);
      await link(temporary, path).catch(ignoreExisting);
    } catch (error) {
      throw asStoreError(error, path);
    } finally {
      // What it could not remove must not hide why it could not be written.
      await rm(temporary, { force: true }).catch(() => undefined);
    }
    return hash;
  }

  /** Keeps the file at `path`, of any size, under its SHA-256, which is returned. */
  async putFile(path: string): Promise<string> {
    const temporary = join(this.#directory, `.${randomUUID()}`);
    try {
      await mkdir(this.#directory, { recursive: true });
      const hash = await copyHashed(path, temporary);
      await mkdir(dirname(this.pathOf(hash)), { recursive: true });
      await link(temporary, this.pathOf(hash)).catch(ignoreExisting);
      return hash;
    } catch (error) {
      throw asStoreError(error, path);
    } finally {
      // What it could not remove must not hide why it could not be written.
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  }

  has(hash: string): Promise<boolean> {
    return exists(this.pathOf(hash));
  }

  /** Copies the file at an address, of any size, checked against it; `target` appears whole or not at all. */
  async copyTo(hash: string, target: string): Promise<void> {
    const path = this.pathOf(hash);
    const temporary = `${target}.${randomUUID()}`;
    try {
      if ((await copyHashed(path, temporary)) !== hash) throw changed(path);
      await rename(temporary, target);
    } catch (error) {
      throw asStoreError(error, path);
    } finally {
      // What it could not remove must not hide why it could not be written.
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  }

  /** The bytes at an address, checked against it: a torn or changed file is never taken for whole. */
  async get(hash: string): Promise<Buffer> {
    const path = this.pathOf(hash);
    let content: Buffer;
    try {
      content = await readFile(path);
    } catch (error) {
      throw asStoreError(error, path);
    }
    if (sha256(content) === hash) return content;
    throw changed(path);
  }
}

const changed = (path: string): UserError =>
  new UserError(
    `${path} does not hold what its name says: it was cut or changed.`,
    'Move the file away and run the command again: what can be made again is made again.',
  );

/** Returns the SHA-256 of what was copied, which is on the disk then. */
export async function copyHashed(from: string, to: string): Promise<string> {
  const hash = createHash('sha256');
  const hashing = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  await pipeline(createReadStream(from), hashing, createWriteStream(to, { flags: 'wx', flush: true }));
  return hash.digest('hex');
}

async function writeSynced(path: string, content: string | Uint8Array): Promise<void> {
  const file = await open(path, 'wx');
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
}

const ignoreExisting = (error: NodeJS.ErrnoException): void => {
  if (error.code !== 'EEXIST') throw error;
};

export const exists = async (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Writes an output of a study whole, or leaves what was there. */
export async function writeOutput(path: string, content: string | Uint8Array): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true });
    await writeFileAtomic(path, typeof content === 'string' ? content : Buffer.from(content));
  } catch (error) {
    throw asStoreError(error, path);
  }
}

const UNUSABLE = new Set(['EACCES', 'EROFS', 'EPERM', 'ENOTDIR', 'EISDIR', 'EEXIST']);

function asStoreError(error: unknown, path: string): Error {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new UserError(
      `The disk is full: ${path} was not written.`,
      'Free some space and run the command again; nothing half-written is left.',
      { cause: error },
    );
  if (UNUSABLE.has(code ?? ''))
    return new UserError(
      `${path} cannot be used: ${message}.`,
      'Make it a place that can be written (permissions, or a file where a folder has to be), or choose another home with --home.',
      { cause: error },
    );
  if (code === 'ENOENT')
    return new UserError(`${path} is missing.`, 'Run the study again: what can be made again is made again.', {
      cause: error,
    });
  return error as Error;
}
