/** A study from an empty home, and what can be asked of it when it is finished, without running it again. */
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { processesOf } from '../../chaos/victims.ts';
import { FINISHED_WITH_GAPS } from '../../client/terminal/exit-codes.ts';
import type { Results } from '../../contracts/results.ts';
import {
  countCalls,
  findProcess,
  runCli,
  startCli,
  TEMPORAL,
  untilGone,
  whileRunning,
  WORKER,
} from '../support/cli.ts';
import { MINI, runUndisturbed, varyMini, type Undisturbed } from '../support/runner/mini-study.ts';
import { makeScratch } from '../support/scratch.ts';

const LIMIT_MS = 900_000;

const scratch = makeScratch();
let { home, ended, results } = {} as Undisturbed;
beforeAll(async () => {
  ({ home, ended, results } = await runUndisturbed());
}, LIMIT_MS);

const file = (name: string) => join(home, 'runs/mini', name);
const start = (path: string, ...options: string[]) => runCli(['start', path, '--home', home, '--json', ...options]);

describe('a study from an empty home', () => {
  it('ends with exit 0 and one JSON value on standard output', () => {
    expect(ended.code).toBe(0);
    expect(JSON.parse(ended.stdout)).toMatchObject({
      study: 'mini',
      state: 'finished',
      failedArms: [],
      report: join(home, 'runs/mini/report.html'),
      results: join(home, 'runs/mini/results.json'),
    });
    expect(ended.stderr).not.toMatch(/^ +at /m);
    expect(readFileSync(join(home, 'runs/mini/report.html'), 'utf8')).toContain('</html>');
  });

  it('has every cell, with counts that add up', () => {
    const { cells, failedArms } = JSON.parse(results) as Results;
    const names = cells.map(({ arm, setting, grader }) => `${arm} ${setting} ${grader}`);
    const expected = ['base', '1,2'].flatMap((arm) =>
      ['train', 'held-out'].flatMap((setting) => ['strict', 'lenient'].map((grader) => `${arm} ${setting} ${grader}`)),
    );
    expect(names.sort()).toEqual(expected.sort());
    expect(failedArms).toEqual([]);
    for (const { counts } of cells) {
      const { generated, refused, truncated, failed, graded, unparsable, missing } = counts;
      expect(counts.planned).toBe(4);
      expect(generated + refused + truncated + failed).toBe(counts.planned);
      expect(counts.gradingsPlanned).toBe(generated * 2);
      expect(graded + unparsable + missing).toBe(counts.gradingsPlanned);
    }
  });

  it('leaves no process', () => untilGone(home));
});

describe('a finished study', () => {
  it('is answered at once by start, without a service', async () => {
    const { code, stdout, stderr } = await start(MINI);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ state: 'finished', failedArms: [] });
    expect(stderr).toBe('');
  });

  it.each([['start'], ['report']])('gets the same bytes again by %s, from the ledger alone', async (command) => {
    const [calls, report] = [countCalls(home), readFileSync(file('report.html'), 'utf8')];
    rmSync(file('results.json'));
    rmSync(file('report.html'));
    const cli = startCli([command, command === 'start' ? MINI : 'mini', '--home', home, '--json']);
    const seen = new Set<string>();
    // What it forks looks like itself until it has become another program.
    const own = `${cli.child.spawnargs.join(' ')} `;
    cli.child.on('exit', () => clearInterval(looking));
    const looking = setInterval(() => {
      for (const { command: line } of processesOf(home, [cli.child.pid])) if (line !== own) seen.add(line);
    }, 50);
    const { code, stdout } = await cli.ended;
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ study: 'mini', results: file('results.json') });
    expect(readFileSync(file('results.json'), 'utf8')).toBe(results);
    expect(readFileSync(file('report.html'), 'utf8')).toBe(report);
    expect([...seen]).toEqual([]);
    expect(countCalls(home)).toBe(calls);
  });

  it('is finished in status', async () => {
    const { code, stdout } = await runCli(['status', '--home', home, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ studies: [{ study: 'mini', state: 'finished', failedArms: [] }] });
  });

  it('shows its histories in the Web UI; they do not name this machine', async () => {
    const cli = startCli(['ui', '--home', home]);
    await whileRunning(cli, () => findProcess(home, TEMPORAL));
    const address = await whileRunning(cli, () => /http:\/\/[\d.:]+/.exec(cli.said())?.[0]);
    expect((await fetch(address)).status).toBe(200);
    const { grpc } = JSON.parse(readFileSync(join(home, '.etude/temporal.json'), 'utf8')) as { grpc: number };
    const connection = await Connection.connect({ address: `127.0.0.1:${grpc}` });
    const { workflow } = new Client({ connection });
    let histories = 0;
    for await (const { workflowId, runId } of workflow.list()) {
      const history = historyToJSON(await workflow.getHandle(workflowId, runId).fetchHistory());
      expect(history).not.toContain(hostname());
      histories += 1;
    }
    expect(histories).toBeGreaterThan(8);
    await connection.close();
    cli.kill('SIGINT');
    expect((await cli.ended).code).toBe(0);
    await untilGone(home);
  }, 600_000);
});

describe('a plan that changed under the name of a study', () => {
  it(
    'is refused with the difference; with --replace, and a worker more, it uses every reply',
    async () => {
      const changed = varyMini(scratch, 'changed', ['title: The least study', 'title: The same study']);
      const refused = await runCli(['start', changed, '--home', home]);
      expect(refused.code).toBe(1);
      expect(refused.stderr).toContain('The least study');
      expect(refused.stderr).toContain('--replace');
      expect(refused.stdout).toBe('');
      const calls = countCalls(home);
      const replacing = startCli(['start', changed, '--home', home, '--replace']);
      const { pid } = await whileRunning(replacing, () => findProcess(home, WORKER));
      // The study does not end before the other worker is there.
      process.kill(pid, 'SIGSTOP');
      const worker = startCli(['worker', '--home', home]);
      await whileRunning(worker, () => worker.said().includes('Works on'));
      process.kill(pid, 'SIGCONT');
      expect((await replacing.ended).code).toBe(0);
      // It works beside the first one, and ends with the owner of the home.
      expect((await worker.ended).code).toBe(0);
      await untilGone(home);
      expect(countCalls(home)).toBe(calls);
      const { cells } = JSON.parse(readFileSync(file('results.json'), 'utf8')) as Results;
      expect(cells).toEqual((JSON.parse(results) as Results).cells);
    },
    LIMIT_MS,
  );
});

describe('an arm whose training cannot work', () => {
  it(
    'ends as missing cells, with its reason at the end, in status and in the report',
    async () => {
      const failing = varyMini(
        scratch,
        'failing',
        ['name: mini', 'name: failing'],
        ['warmupSteps: 2\n    maxLength: 96', 'warmupSteps: 2\n    maxLength: 24'],
      );
      const { code, stdout, stderr } = await runCli(['start', failing, '--home', home]);
      expect({ code, stderr }).toMatchObject({ code: FINISHED_WITH_GAPS });
      expect(stdout).toMatch(/MISSING +arm tiny\/1,2: its \d+ cells are missing: .*maxLength/);
      const status = await runCli(['status', 'failing', '--home', home]);
      expect(status.stdout).toMatch(/MISSING +arm tiny\/1,2/);
      const { cells, failedArms } = JSON.parse(
        readFileSync(join(home, 'runs/failing/results.json'), 'utf8'),
      ) as Results;
      expect(failedArms).toMatchObject([{ student: 'tiny', arm: '1,2' }]);
      for (const { arm, counts } of cells) expect(counts.failed).toBe(arm === 'base' ? 0 : counts.planned);
      expect(readFileSync(join(home, 'runs/failing/report.html'), 'utf8')).toContain(failedArms[0]?.reason);
    },
    LIMIT_MS,
  );
});

describe('a home that has no such study', () => {
  it.each([['status'], ['report']])('is told by %s with exit 1', async (command) => {
    const { code, stdout, stderr } = await runCli([command, 'minni', '--home', home]);
    expect(code).toBe(1);
    expect(stdout).toBe('');
    expect(stderr).toContain('minni');
    expect(stderr).toMatch(/Its studies: .*mini/);
  });

  it('is empty before anything was started there', async () => {
    const empty = join(scratch, 'empty');
    mkdirSync(empty);
    const { code, stdout } = await runCli(['status', '--home', empty, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({ home: empty, studies: [] });
  });
});
