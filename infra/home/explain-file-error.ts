import { UserError } from '../../contracts/failures.ts';

const REASONS: Record<string, readonly [reason: string, remedy: string]> = {
  ENOSPC: ['its disk is full', 'Free some space'],
  EDQUOT: ['its disk quota is used up', 'Free some space'],
  EACCES: ['this user may not write there', 'Change its permissions'],
  EPERM: ['this user may not write there', 'Change its permissions'],
  EROFS: ['its file system is read-only', 'Mount it for writing'],
  SQLITE_FULL: ['its disk is full', 'Free some space'],
  SQLITE_READONLY: ['this user may not write there', 'Change its permissions'],
  SQLITE_CANTOPEN: ['its files cannot be opened', 'Check their permissions and the free space'],
  ENOENT: ['it cannot be made there', 'Check that the folder above it can be written'],
  ENOTDIR: ['a part of its path is a file', 'Name a folder'],
  EEXIST: ['a part of its path is a file', 'Name a folder'],
};

/** A `UserError` for what the file system or SQLite refuses in a home; any other error is returned unchanged. */
export function explainFileError(error: unknown, directory: string): unknown {
  const known = REASONS[(error as NodeJS.ErrnoException).code ?? ''];
  if (known === undefined) return error;
  const [reason, remedy] = known;
  return new UserError(
    `The home ${directory} cannot be used: ${reason}.`,
    `${remedy}, or use another folder with --home.`,
  );
}
