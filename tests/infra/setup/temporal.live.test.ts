import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { eventually, makeScratch, writeProgram } from '../../support/scratch.ts';
import { makeMachine, temporalOf, type Machine } from './fake-machine.ts';

const scratch = makeScratch();
const servers: Server[] = [];
let machine: Machine;
let count = 0;
beforeEach(() => {
  machine = makeMachine(join(scratch, String(count++)));
});
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

const GO = `echo "go $*" >>"$CALLS"
printf '#!/bin/sh\\n%s\\n' '${temporalOf('1.29.1')}' >"$GOBIN/temporal"
chmod +x "$GOBIN/temporal"`;
const find = async () => (await machine.install({ temporal: true })).temporalBinary;
const inCache = () => join(machine.cache, 'temporal-v1.5.1', 'temporal');

/** Serves what the SDK's download serves: a description, then the archive. */
async function serveDownload(binary: string): Promise<string> {
  execFileSync('tar', ['-czf', join(machine.root, 'a.tar.gz'), '-C', binary, 'temporal']);
  const archive = readFileSync(join(machine.root, 'a.tar.gz'));
  const server = createServer((request, response) => {
    const archiveUrl = `http://${request.headers.host}/a.tar.gz`;
    if (request.url === '/a.tar.gz') response.end(archive);
    else response.end(JSON.stringify({ archiveUrl, fileToExtract: 'temporal' }));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${(server.address() as { port: number }).port}/cli`;
}

describe('the Temporal binary', () => {
  it('is the one named in ETUDE_TEMPORAL before any other', async () => {
    machine.program('temporal', temporalOf('1.30.0'));
    const named = writeProgram(machine.root, 'mine', temporalOf('1.29.0'));
    machine.env['ETUDE_TEMPORAL'] = named;
    expect(await find()).toBe(named);
  });

  it('must be executable and recent when it is named', async () => {
    machine.program('temporal', temporalOf('1.30.0'));
    machine.env['ETUDE_TEMPORAL'] = join(machine.root, 'absent');
    await expect(find()).rejects.toThrow('which is not an executable file');
    machine.env['ETUDE_TEMPORAL'] = writeProgram(machine.root, 'old', temporalOf('1.22.4'));
    await expect(find()).rejects.toThrow('Server 1.22.4');
  });

  it('is the one on the PATH before a download', async () => {
    const onPath = machine.program('temporal', temporalOf('1.29.0'));
    expect(await find()).toBe(onPath);
    expect(machine.reported).toEqual([]);
  });

  it('is downloaded once when the one on the PATH is too old', async () => {
    machine.program('temporal', temporalOf('1.28.9'));
    machine.program('go', GO);
    const folder = join(machine.root, 'archive');
    writeProgram(folder, 'temporal', temporalOf('1.29.1'));
    machine.env['ETUDE_TEMPORAL_DOWNLOAD'] = await serveDownload(folder);
    expect(await find()).toBe(inCache());
    expect(machine.calls()).toEqual([]);
    expect(machine.reported).toEqual([
      expect.stringMatching(/^set-up: Temporal dev server: download of v1.5.1, about/),
      expect.stringMatching(/^set-up: Temporal dev server: done in [\d.]+ s$/),
    ]);
    expect(await find()).toBe(inCache());
    expect(machine.reported).toHaveLength(2);
  });

  it('is built with Go when there is no download, and then found by every clone', async () => {
    machine.program('go', GO);
    expect(await find()).toBe(inCache());
    expect(machine.calls()).toEqual([
      'go install -trimpath -ldflags -s -w github.com/temporalio/cli/cmd/temporal@v1.5.1',
    ]);
    expect(readdirSync(join(machine.cache, 'temporal-v1.5.1'))).toEqual(['temporal']);
    expect(machine.reported).toContain(
      'set-up: Temporal dev server: download failed (switched off by ETUDE_TEMPORAL_DOWNLOAD=off); building it with Go instead',
    );
    expect(await find()).toBe(inCache());
    expect(machine.calls()).toHaveLength(1);
  });

  it('is built once when two clones ask together', async () => {
    const seen = join(machine.root, 'seen');
    machine.program('go', `until [ -e '${seen}' ]; do sleep 0.1; done\n${GO}`);
    const both = Promise.all([find(), find()]);
    await eventually(() => machine.reported.some((line) => line.includes('another process')));
    writeFileSync(seen, '');
    expect(await both).toEqual([inCache(), inCache()]);
    expect(machine.calls()).toHaveLength(1);
    expect(machine.reported).toContainEqual(expect.stringContaining('another process is installing it'));
  });

  it('is missed with the reasons and the remedy when nothing works', async () => {
    const failure = find();
    await expect(failure).rejects.toThrow(
      'switched off by ETUDE_TEMPORAL_DOWNLOAD=off), and Go, which could build it, is not installed',
    );
    await expect(failure).rejects.toMatchObject({
      name: 'UserError',
      remedy: expect.stringContaining('ETUDE_TEMPORAL'),
    });
  });

  it('is not taken from a build that failed', async () => {
    machine.program('go', `echo 'broken' >"$GOBIN/temporal"; echo 'error: no network' >&2; exit 1`);
    await expect(find()).rejects.toThrow('go install failed: error: no network');
    expect(existsSync(inCache())).toBe(false);
    machine.program('go', GO);
    expect(await find()).toBe(inCache());
  });
});
