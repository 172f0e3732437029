import { execFileSync } from 'node:child_process';
import { readFileSync, realpathSync } from 'node:fs';
import { UserError } from '../../contracts/failures.ts';

/** File systems on which SQLite's locks and write-ahead log do not work. */
const NETWORK =
  /^(nfs\d*|cifs|smb\d*|smbfs|afs|afpfs|ncpfs|ceph|lustre|gpfs|beegfs|glusterfs|webdav|davfs2?|fuse\.(sshfs|s3fs|gcsfuse|rclone|goofys|glusterfs|ceph|ceph-fuse|blobfuse2?|juicefs|davfs2?|smbnetfs|curlftpfs))$/;

export interface Mount {
  path: string;
  type: string;
}

export function refuseNetworkFileSystem(directory: string): void {
  const mount = findMount(realpathSync(directory), readMounts());
  if (mount === undefined || !isNetworkType(mount.type)) return;
  throw new UserError(
    `The home ${directory} is on a network file system (${mount.type} at ${mount.path}), where the ledger's locks do not work.`,
    'Choose a folder on a local disk with --home, and copy the outputs from there.',
  );
}

/** The mount with the longest path that contains the directory; of several at one path, the last one hides the others. */
export function findMount(directory: string, mounts: readonly Mount[]): Mount | undefined {
  const contains = ({ path }: Mount) => path === '/' || directory === path || directory.startsWith(`${path}/`);
  return mounts
    .filter(contains)
    .reduce<Mount | undefined>(
      (best, mount) => (best === undefined || mount.path.length >= best.path.length ? mount : best),
      undefined,
    );
}

export function isNetworkType(type: string): boolean {
  return NETWORK.test(type);
}

function readMounts(): Mount[] {
  if (process.platform === 'linux') return parseProcMounts(readFileSync('/proc/mounts', 'utf8'));
  return parseMountOutput(execFileSync('/sbin/mount', { encoding: 'utf8' }));
}

/** `device path type options 0 0`, with blanks in paths written as \040. */
export function parseProcMounts(text: string): Mount[] {
  return text
    .split('\n')
    .map((line) => line.split(' '))
    .flatMap(([, path, type]) => (path === undefined || type === undefined ? [] : [{ path: unescape(path), type }]));
}

function unescape(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_match, digits: string) => String.fromCharCode(parseInt(digits, 8)));
}

/** macOS: `//user@server/share on /Volumes/share (smbfs, nodev, ...)`. */
export function parseMountOutput(text: string): Mount[] {
  return [...text.matchAll(/^.* on (.+) \(([\w.]+)[,)]/gm)].map(([, path, type]) => ({
    path: path as string,
    type: type as string,
  }));
}
