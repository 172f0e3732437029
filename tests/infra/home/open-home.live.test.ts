import { chmodSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  findMount,
  isNetworkType,
  parseMountOutput,
  parseProcMounts,
} from '../../../infra/home/network-file-systems.ts';
import { findHome, openHome, requireHome, resolveHomeDirectory } from '../../../infra/home/open-home.ts';
import { makeScratch, PROJECT, startOwner, writeFileIn } from '../../support/scratch.ts';

const scratch = makeScratch();
const userError = (message: string, remedy: string) =>
  expect.objectContaining({
    name: 'UserError',
    message: expect.stringContaining(message),
    remedy: expect.stringContaining(remedy),
  });

describe('a home', () => {
  it('is made with its folders and keeps its random id', () => {
    const home = openHome(join(scratch, 'new'));
    expect(home.id).toMatch(/^[0-9a-f-]{36}$/);
    for (const folder of [home.runs, home.store, home.logs, home.jobs]) expect(existsSync(folder)).toBe(true);
    expect(openHome(home.directory).id).toBe(home.id);
    expect(openHome(join(scratch, 'other')).id).not.toBe(home.id);
  });

  it('has one id when processes make it together', async () => {
    const directory = join(scratch, 'together');
    const code = `import { openHome } from '#project/infra/home/open-home.ts';
      console.log(openHome(${JSON.stringify(directory)}).id);`;
    const owners = ['a', 'b', 'c'].map((name) => startOwner(scratch, name, code));
    const ids = await Promise.all(owners.map((owner) => owner.line()));
    expect(new Set(ids).size).toBe(1);
    await Promise.all(owners.map((owner) => owner.end()));
  });

  it('is the option, else ETUDE_HOME, else the project itself', () => {
    expect(resolveHomeDirectory('/a', { ETUDE_HOME: '/b' })).toBe('/a');
    expect(resolveHomeDirectory(undefined, { ETUDE_HOME: '/b' })).toBe('/b');
    expect(resolveHomeDirectory(undefined, { ETUDE_HOME: '' })).toBe(PROJECT);
  });

  it('is not made by whoever only looks for it', () => {
    const nowhere = join(scratch, 'mistyped');
    expect(findHome(nowhere)).toBeUndefined();
    expect(() => requireHome(nowhere)).toThrow(userError('not a home of Etude', '--home'));
    expect(existsSync(nowhere)).toBe(false);
    expect(() => resolveHomeDirectory('')).toThrow(userError('names no folder', '--home'));
    expect(findHome(openHome(join(scratch, 'made')).directory)).toMatchObject({ directory: join(scratch, 'made') });
    // As a backup leaves it: its id is made when it is opened.
    writeFileIn(join(scratch, 'backup'), '.etude/ledger.db', '');
    expect(requireHome(join(scratch, 'backup')).id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it('is refused when a newer version wrote it', () => {
    writeFileIn(scratch, 'newer/.etude/home.json', '{"schema": 2, "id": "x"}');
    expect(() => openHome(join(scratch, 'newer'))).toThrow(userError('schema 2, this one knows 1', 'Use that version'));
  });

  it('is refused when its description is damaged', () => {
    writeFileIn(scratch, 'damaged/.etude/home.json', '{"schema":');
    expect(() => openHome(join(scratch, 'damaged'))).toThrow(userError('is damaged', 'Restore it'));
  });

  it('says so when its place is a file', () => {
    const file = writeFileIn(scratch, 'file', '');
    expect(() => openHome(join(file, 'home'))).toThrow(userError('a part of its path is a file', '--home'));
  });

  const asRoot = process.getuid?.() === 0; // root may write anywhere
  (asRoot ? it.skip : it)('says so when it may not be written', () => {
    const folder = join(scratch, 'read-only');
    mkdirSync(folder);
    chmodSync(folder, 0o555);
    expect(() => openHome(join(folder, 'home'))).toThrow(userError('may not write there', 'permissions'));
  });
});

describe('the file system of a home', () => {
  it('is the mount with the longest path', () => {
    const mounts = parseProcMounts('/dev/a / ext4 rw 0 0\nserver:/x /mnt/big\\040disk nfs4 rw 0 0\n');
    expect(findMount('/mnt/big disk/etude', mounts)).toEqual({ path: '/mnt/big disk', type: 'nfs4' });
    expect(findMount('/mnt/bigger', mounts)?.type).toBe('ext4');
  });

  it('is read from the output of mount on macOS', () => {
    const text = '/dev/disk3s1 on / (apfs, sealed, local)\n//me@box/share on /Volumes/my share (smbfs, nodev)\n';
    expect(findMount('/Volumes/my share/x', parseMountOutput(text))?.type).toBe('smbfs');
  });

  it.each(['nfs', 'nfs4', 'cifs', 'smb3', 'smbfs', 'fuse.sshfs', 'fuse.gcsfuse', 'lustre'])('%s is refused', (type) =>
    expect(isNetworkType(type)).toBe(true),
  );

  it.each(['ext4', 'xfs', 'btrfs', 'apfs', 'overlay', 'tmpfs', 'zfs', '9p', 'fuse.fuse-overlayfs'])(
    '%s is taken',
    (type) => expect(isNetworkType(type)).toBe(false),
  );
});
