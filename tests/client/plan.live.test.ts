import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';
import { ROOT } from '../../infra/setup/settings.mjs';
import { makeFolder, writeStudy } from '../support/write-study.ts';

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const etude = (...args: readonly string[]): Promise<Outcome> =>
  promisify(execFile)(process.execPath, ['--import', 'tsx', 'client/main.ts', ...args], { cwd: ROOT }).then(
    ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
    (error: Outcome) => error,
  );

describe('etude plan', () => {
  it('shows the published study in lines of at most 120 columns', async () => {
    const { code, stdout } = await etude('plan', 'studies/paper.yaml');
    expect(code).toBe(0);
    for (const part of [
      'Calls and cost',
      'Share of evaluated skill sets',
      'No longer served',
      'Does not differ from the published study',
      'Left open by the publication',
    ])
      expect(stdout).toContain(part);
    expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
  });

  it('groups what differs from the published study', async () => {
    const { stdout } = await etude('plan', 'studies/lab.yaml');
    expect(stdout).toMatch(/Differs from the published study.*\n {2}skills and topics\n {4}catalog: skillmix -> lab\n/);
    expect(stdout).toContain('teacher: provider: openai -> lab-openai; model: gpt-4-0613 -> lab-teacher');
  });

  it('prints one JSON value with --json', async () => {
    const { stdout } = await etude('plan', 'studies/paper-today.yaml', '--json');
    const value = JSON.parse(stdout) as Record<string, unknown>;
    expect(value).toMatchObject({ study: 'paper-today', retired: [], unpriced: [] });
    expect(value['hash']).toMatch(/^[0-9a-f]{64}$/);
  });

  it('refuses a study that does not fit with place and remedy, without a stack', async () => {
    const { code, stdout, stderr } = await etude('plan', writeStudy(makeFolder(), 'name: x\nsede: 1\n'));
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/unknown key "sede"\. Did you mean "seed"\?/);
    expect(stderr).not.toMatch(/\bat .*:\d+:\d+/);
  });
});

describe('etude start', () => {
  it('refuses a study whose models are retired before it sets anything up', async () => {
    const home = makeFolder();
    const { code, stderr } = await etude('start', 'studies/paper.yaml', '--home', home);
    expect(code).toBe(1);
    expect(stderr).toMatch(/names models that are no longer served: teacher gpt-4-0613 \(since 2026-10-23\)/);
    expect(stderr).toMatch(/studies\/paper-today\.yaml/);
  });
});
