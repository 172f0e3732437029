/** Stores files of a home (plans, datasets, data to mix in) under their SHA-256; each is written whole or not at all. */
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

  /** Stores `content` and returns its SHA-256; writes nothing if the store has it already. */
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
      // An error of this clean-up must not hide the error of the write.
      await rm(temporary, { force: true }).catch(() => undefined);
    }
    return hash;
  }

  /** Stores the file at `path`, of any size, and returns its SHA-256. */
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
      // An error of this clean-up must not hide the error of the write.
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  }

  has(hash: string): Promise<boolean> {
    return exists(this.pathOf(hash));
  }

  /** Copies a stored file, of any size, to `target`, whole or not at all. Throws when its bytes do not have that hash. */
  async copyTo(hash: string, target: string): Promise<void> {
    const path = this.pathOf(hash);
    const temporary = `${target}.${randomUUID()}`;
    try {
      if ((await copyHashed(path, temporary)) !== hash) throw changed(path);
      await rename(temporary, target);
    } catch (error) {
      throw asStoreError(error, path);
    } finally {
      // An error of this clean-up must not hide the error of the write.
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  }

  /** The bytes of a stored file. Throws when they do not have that hash, so that a damaged file is never used. */
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
    `${path} was truncated or changed after it was written: its bytes no longer match its name.`,
    'Move the file away and run the same command again: Etude writes it again if it can.',
  );

/** Copies a file and returns its SHA-256 once the copy is flushed to the disk. */
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

const exists = async (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** Writes an output of a study; on failure the old file stays as it was. */
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
      'Free some space and run the same command again; no half-written file is left.',
      { cause: error },
    );
  if (UNUSABLE.has(code ?? ''))
    return new UserError(
      `${path} cannot be used: ${message}.`,
      'Correct its permissions, or remove a file that is in the place of a folder; or choose another home with --home.',
      { cause: error },
    );
  if (code === 'ENOENT')
    return new UserError(`${path} is missing.`, 'Start the study again: Etude writes the file again if it can.', {
      cause: error,
    });
  return error as Error;
}
