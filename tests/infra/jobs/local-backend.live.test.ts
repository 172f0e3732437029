import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { JobRef } from '../../../infra/jobs/backend.ts';
import { LocalBackend } from '../../../infra/jobs/local-backend.ts';
import { isAlive, type ProcessId, readBirth, thisProcess } from '../../../infra/jobs/processes.ts';

let folder: string;
let backend: LocalBackend;
let refs: JobRef[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'etude-jobs-'));
  backend = new LocalBackend({ root: join(folder, 'registry') });
  refs = [];
});

afterEach(async () => {
  await Promise.all(refs.map((ref) => backend.cancel(ref)));
  await rm(folder, { recursive: true, force: true });
});

async function submit(script: string, { key = 'job', from = backend } = {}): Promise<JobRef> {
  const ref = await from.submit({ key, directory: join(folder, key), command: ['/bin/sh', '-c', script] });
  refs.push(ref);
  return ref;
}

async function untilEnded(ref: JobRef) {
  for (;;) {
    const state = await backend.poll(ref);
    if (state.state !== 'running' && state.state !== 'queued') return state;
    await sleep(20);
  }
}

const starts = async (key = 'job') => (await readFile(join(folder, key, 'starts'), 'utf8')).trim().split('\n').length;

/** A job is submitted when it is registered, which is before its command runs. */
async function written(name: string): Promise<string> {
  for (;;) {
    const text = await readFile(join(folder, 'job', name), 'utf8').catch(() => '');
    if (text.endsWith('\n')) return text;
    await sleep(10);
  }
}

/** Kills the job's processes behind the backend's back. */
async function killGroup(): Promise<void> {
  process.kill(-Number.parseInt(await written('process'), 10), 'SIGKILL');
}

/** A process of another home, which the test can end. */
async function startOwner(): Promise<ProcessId & { end: () => Promise<void> }> {
  const child = spawn('sleep', ['600']);
  const owner = { pid: child.pid as number, birth: readBirth(child.pid as number) ?? '' };
  const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return { ...owner, end: () => (child.kill('SIGKILL'), gone) };
}

describe('the local job backend', () => {
  it('runs a command in its directory and keeps its log', async () => {
    const ref = await submit('pwd; echo one; echo two >&2');
    expect(await untilEnded(ref)).toEqual({ state: 'succeeded' });
    expect(await backend.logs(ref, { tail: 2 })).toBe('one\ntwo');
    expect(await readFile(join(folder, 'job', 'log.txt'), 'utf8')).toContain(join(folder, 'job'));
  });

  it('reports the exit code of a failed job with the end of its log', async () => {
    const ref = await submit('echo the disk is full; exit 3');
    expect(await untilEnded(ref)).toEqual({ state: 'failed', exitCode: 3, reason: 'the disk is full' });
  });

  it('attaches to a running job: many submissions of one key start one process', async () => {
    const others = Array.from({ length: 8 }, () => new LocalBackend({ root: join(folder, 'registry') }));
    const all = await Promise.all([backend, ...others].map((from) => submit('echo x >> starts; sleep 600', { from })));
    expect(new Set(all.map((ref) => JSON.stringify(ref))).size).toBe(1);
    expect((await backend.poll(all[0]!)).state).toBe('running');
    await written('starts');
    expect(await starts()).toBe(1);
  });

  it('does not run a succeeded job again, and runs a failed one again', async () => {
    await untilEnded(await submit('echo x >> starts'));
    await untilEnded(await submit('echo x >> starts'));
    expect(await starts()).toBe(1);
    await untilEnded(await submit('echo x >> starts; exit 1', { key: 'bad' }));
    await untilEnded(await submit('echo x >> starts', { key: 'bad' }));
    expect(await starts('bad')).toBe(2);
  });

  it('sees that a killed job is lost, and starts it again under its key', async () => {
    const ref = await submit('echo x >> starts; sleep 600');
    await written('starts');
    await killGroup();
    expect((await untilEnded(ref)).state).toBe('lost');
    await submit('echo x >> starts');
    expect(await untilEnded(ref)).toEqual({ state: 'succeeded' });
    expect(await starts()).toBe(2);
  });

  it('takes a process id that was given to another process for a dead job', async () => {
    const ref = await submit('echo x >> starts; sleep 600');
    await killGroup();
    await untilEnded(ref);
    await writeFile(join(folder, 'job', 'process'), `${process.pid} 1\n`);
    expect((await backend.poll(ref)).state).toBe('lost');
    await submit('echo x >> starts');
    expect(await untilEnded(ref)).toEqual({ state: 'succeeded' });
  });

  it('cancels the whole process group, and may be asked twice', async () => {
    const ref = await submit('sleep 600 & echo $! > child; wait');
    const child = Number(await written('child'));
    await backend.cancel(ref);
    await backend.cancel(ref);
    expect(await backend.poll(ref)).toEqual({ state: 'cancelled' });
    while (readBirth(child) !== undefined) await sleep(10);
  });

  it('cancels a job that ignores SIGTERM', async () => {
    const ref = await submit('trap "" TERM; echo ready > ready; while :; do sleep 1; done');
    await written('ready');
    await backend.cancel(ref);
    expect(await backend.poll(ref)).toEqual({ state: 'cancelled' });
  });

  it('hands none of the worker’s keys to a job', async () => {
    process.env['ETUDE_TEST_API_KEY'] = 'secret';
    const ref = await submit('env');
    await untilEnded(ref);
    delete process.env['ETUDE_TEST_API_KEY'];
    expect(await backend.logs(ref, { tail: 100 })).not.toContain('secret');
    expect(await backend.logs(ref, { tail: 100 })).toContain('PATH=');
  });

  it('ends jobs whose owner has gone at a worker’s start, and no others', async () => {
    const owner = await startOwner();
    const theirs = new LocalBackend({ root: join(folder, 'registry'), owner });
    const orphan = await submit('sleep 600', { key: 'orphan', from: theirs });
    const kept = await submit('sleep 600', { key: 'kept' });
    expect(await backend.reap()).toEqual([]);
    await owner.end();
    expect(await backend.reap()).toEqual(['orphan']);
    // No loss: whoever follows it does not count it among those after which a job is given up.
    expect(await backend.poll(orphan)).toEqual({ state: 'cancelled' });
    expect((await backend.poll(kept)).state).toBe('running');
  });

  it('takes a job that ended because its owner had gone for cancelled, not for lost', async () => {
    // As the trainer does (etude_trainer/owner.py): EX_TEMPFAIL.
    expect(await untilEnded(await submit('exit 75'))).toEqual({ state: 'cancelled' });
  });

  it('replaces a job of an owner that has gone instead of attaching to it', async () => {
    const owner = await startOwner();
    await submit('echo x >> starts; sleep 600', { from: new LocalBackend({ root: join(folder, 'registry'), owner }) });
    await written('starts');
    await owner.end();
    const ref = await submit('echo x >> starts');
    expect(await untilEnded(ref)).toEqual({ state: 'succeeded' });
    expect(await starts()).toBe(2);
  });

  it('refuses a key that belongs to another directory', async () => {
    await untilEnded(await submit('true'));
    const moved = backend.submit({ key: 'job', directory: join(folder, 'other'), command: ['/bin/true'] });
    await expect(moved).rejects.toThrow('give it another key');
  });

  it('knows its own process', () => {
    expect(isAlive(thisProcess())).toBe(true);
  });
});
