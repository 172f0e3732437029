/**
 * Compares a study under seeded faults with the same study without faults: `npm run chaos -- --seed S --kills N [--json]`.
 * The last line on standard output is one JSON value; exits 0 only if results are identical, nothing is lost or paid twice
 * (nor abandoned, with --batch), and no process is left. Needs Linux.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Command, InvalidArgumentError } from 'commander';
import type { LabUrls } from '../client/home/worker-process.ts';
import { startLab } from '../lab/servers/lab-server.ts';
import type { RequestRecord } from '../lab/servers/request-log.ts';
import { Clock } from './clock.ts';
import { abandonedAtMost, countFromLog, type Counts } from './count-from-log.ts';
import { mountSmallDisk, unmount } from './hindrances.ts';
import { countAbandoned, countCalls, readEntries } from './ledger-view.ts';
import { readEnd, startOwner, isFinished } from './owner.ts';
import { runUnderFaults, type UnderFaults } from './run-under-faults.ts';
import { KEY_VARIABLE, readProviders, readUrls, STUDY, writeStudy, type StudyOptions } from './study-file.ts';
import { kill9, processesOf } from './victims.ts';

interface Options {
  readonly seed: number;
  readonly kills: number;
  readonly batch: boolean;
  readonly json: boolean;
  readonly keep: boolean;
  readonly alone?: string;
}

/** Shorter than usual, so that hung calls end soon; longer than a busy machine may delay a worker. */
const DEADLINE_SECONDS = 15;
const LEFT_PATIENCE_MS = 30_000;
const ENV = { [KEY_VARIABLE]: 'chaos', ETUDE_CALL_DEADLINE_SECONDS: String(DEADLINE_SECONDS) };

const readCount = (given: string): number => {
  const count = Number(given);
  if (Number.isSafeInteger(count) && count >= 0) return count;
  throw new InvalidArgumentError('It must be a whole number.');
};

const program = new Command('chaos')
  .description(
    'Runs a study under kills, storms, full disks and clocks that are set, and compares it with one that was left alone.',
  )
  .option('--seed <n>', 'decides what goes wrong', readCount, 1)
  .option('--kills <n>', 'how many processes are killed with -9', readCount, 50)
  .option('--batch', "ask teacher and graders by the providers' batches", false)
  .option('--json', 'only the JSON line', false)
  .option('--keep', 'keep the homes, also when everything is correct', false)
  .option('--alone <folder>', 'use the undisturbed study of a folder that an earlier run of this checkout has kept')
  .action(run);

async function run({ seed, kills, batch, json, keep, alone: before }: Options): Promise<void> {
  const started = Date.now();
  const say = (line: string): void => void (json || process.stderr.write(`${line}\n`));
  const folder = mkdtempSync(join(tmpdir(), 'etude-chaos-'));
  say(`Homes, logs and results are in ${folder}.`);
  const requestLog = join(folder, 'requests.jsonl');
  const { study, urls, ...alone } = before === undefined ? await runAlone(folder, { kills, batch }) : readAlone(before);
  say(`Without faults: ${alone.calls} calls, ${Math.round((Date.now() - started) / 1000)} s.`);

  const home = join(folder, 'disturbed');
  mkdirSync(home);
  const disk = mountSmallDisk(home);
  if (!disk) say('This user may not mount a small disk, so no disk is filled.');
  const lab = await startLab({ ...portsOf(urls), requestLog });
  const clock = new Clock(folder);
  const disturbed = { study, home, logFile: join(folder, 'disturbed.log'), env: { ...ENV, ...clock.env } };
  const faults = await runUnderFaults({
    ...disturbed,
    seed,
    kills,
    batch,
    lab,
    clock,
    expectedCalls: alone.calls,
    say,
  }).finally(() => lab.close());
  writeFileSync(join(folder, 'faults.json'), JSON.stringify(faults, null, 2));
  const left = await waitForEnd(home);
  const results = readFileSync(join(home, `runs/${STUDY}/results.json`), 'utf8');
  const found: Found = {
    ...judge(requestLog, home, readFileSync(study, 'utf8'), faults),
    identical: results === alone.results,
    left,
  };
  writeFileSync(join(folder, 'disturbed-results.json'), results);
  sayFound(say, faults, found);
  const done = Object.values(faults.killed).reduce((sum, count) => sum + count, 0);
  const { identical, lost, paidTwice, abandoned, ...more } = found;
  const { killed, caught, hindered, jumped, gaveUp } = faults;
  const wallSeconds = Math.round((Date.now() - started) / 1000);
  const counts = { identical, kills: done, lost, paidTwice, abandoned, wallSeconds };
  const details = { ...more, seed, batch, killed, caught, hindered, jumped, gaveUp: gaveUp.length };
  process.stdout.write(`${JSON.stringify({ ...counts, ...details })}\n`);
  const sound = isSound(found) && done >= kills && (!batch || abandoned === 0);
  if (sound && !keep) {
    if (disk) unmount(home);
    rmSync(folder, { recursive: true, force: true });
  } else if (disk) say(`The home ${home} is a mounted disk; \`umount ${home}\` deletes it.`);
  process.exitCode = sound ? 0 : 1;
}

interface Found extends Counts {
  readonly identical: boolean;
  readonly left: readonly string[];
  readonly abandonedAtMost: number;
  readonly abandonedInLedger: number;
}

const isSound = ({ identical, lost, paidTwice, uncounted, invented, left }: Found): boolean =>
  identical && lost + paidTwice + uncounted + invented + left.length === 0;

interface Alone {
  readonly study: string;
  readonly urls: LabUrls;
  readonly results: string;
  readonly calls: number;
}

async function runAlone(folder: string, options: StudyOptions): Promise<Alone> {
  const lab = await startLab();
  const urls = { openaiUrl: lab.openaiUrl, anthropicUrl: lab.anthropicUrl };
  const study = join(folder, 'study.yaml');
  writeFileSync(study, writeStudy(urls, options));
  const logFile = join(folder, 'alone.log');
  const owner = startOwner({ study, home: join(folder, 'alone'), logFile, env: ENV });
  const code = await owner.exited.finally(() => lab.close());
  if (!isFinished(code)) throw new Error(`The study without faults ended with exit code ${code}:\n${readEnd(logFile)}`);
  return readAlone(folder);
}

/** Reads the undisturbed study. Its plan contains the lab's ports, so the disturbed one must use the same. */
function readAlone(folder: string): Alone {
  const [study, home] = [join(folder, 'study.yaml'), join(folder, 'alone')];
  const results = readFileSync(join(home, `runs/${STUDY}/results.json`), 'utf8');
  return { study, urls: readUrls(readFileSync(study, 'utf8')), results, calls: countCalls(home) ?? 0 };
}

const portsOf = (urls: LabUrls) => ({
  openaiPort: Number(new URL(urls.openaiUrl).port),
  anthropicPort: Number(new URL(urls.anthropicUrl).port),
});

function judge(requestLog: string, home: string, study: string, faults: UnderFaults) {
  const log = readFileSync(requestLog, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as RequestRecord)
    // Requests about a batch or the list of models name no model, and are not calls.
    .filter(({ model }) => model !== '');
  const counts = countFromLog(log, readEntries(home, readProviders(study)));
  const deadline = DEADLINE_SECONDS * 1000;
  return {
    ...counts,
    abandonedAtMost: abandonedAtMost(log, { heldAtKills: faults.heldAtKills, deadline }),
    abandonedInLedger: countAbandoned(home) ?? 0,
  };
}

/** Waits until all processes of the home have ended; kills those that have not, and returns their commands. */
async function waitForEnd(home: string): Promise<string[]> {
  const until = Date.now() + LEFT_PATIENCE_MS;
  while (processesOf(home).length > 0 && Date.now() < until) await sleep(200);
  const left = processesOf(home);
  for (const { pid } of left) kill9(pid);
  return left.map(({ command }) => command);
}

function sayFound(say: (line: string) => void, faults: UnderFaults, found: Found): void {
  const { killed, caught, hindered, jumped, gaveUp } = faults;
  const list = (counts: Readonly<Record<string, number>>): string =>
    Object.entries(counts)
      .map(([name, count]) => `${name} ${count}`)
      .join(', ');
  say(`Killed: ${list(killed)}. Workers were killed inside these activities: ${caught.join(', ')}.`);
  say(`Obstacles: ${list(hindered)}. Clock set: ${list(jumped)}. The owner gave up ${gaveUp.length} times.`);
  say(`Requests: ${found.requests}; paid twice ${found.paidTwice}, lost ${found.lost}, invented ${found.invented}.`);
  say(
    `Abandoned: ${found.abandoned}; the faults explain up to ${found.abandonedAtMost}; ${found.uncounted} not counted by the ledger.`,
  );
  say(`Results ${found.identical ? 'are identical' : 'DIFFER'}; processes left: ${found.left.length}.`);
}

await program.parseAsync();
