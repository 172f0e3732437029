// The second half of npm test: every suite. Unit and live tests run one after the other, in processes of their own: what a
// live test leaves open would be taken for a unit test's. Arguments go to Jest and leave the Python suite out
// (npm test -- tests/infra).
// With --changed it runs the tests of what differs from the commit before the last, found by their imports (a changed
// catalog or study file has none), and the Python suite when a file of trainer/ differs.
// Without arguments, a few test files that failed run a second time: they talk to real servers and kill real processes, on
// machines that stall. What passes only then is named, since it has to be fixed too; what is broken fails twice.
// With ETUDE_TEST_RESULTS the totals are left in that folder as "<passed> <failed>".
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnGuarded } from '../infra/processes/spawn-guarded.mjs';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const LIMIT_MS = 60 * 60_000; // a suite, also on a busy machine; on two quiet cores all of them end within half of it
const SECOND_LIMIT_MS = 20 * 60_000;
const MOST_AGAIN = 4; // when more files failed it is not the machine
const PROJECTS = ['unit', 'live'];
const BEFORE = 'HEAD~1'; // a change that is committed already was made just now too
const changed = process.argv[2] === '--changed';
const jestArguments = changed
  ? [`--changedSince=${BEFORE}`, '--passWithNoTests', ...process.argv.slice(3)]
  : process.argv.slice(2);

const folder = mkdtempSync(join(tmpdir(), 'etude-tests-'));
try {
  const isPythonAsked = jestArguments.length === 0 || (changed && isTrainerChanged());
  const suites = (await Promise.all([runJest(), ...(isPythonAsked ? [runPytest()] : [])])).flat();
  for (const suite of suites) report(suite, suites);
  const passed = suites.reduce((sum, suite) => sum + suite.passed, 0);
  const failed = suites.reduce((sum, suite) => sum + suite.failed, 0);
  if (process.env.ETUDE_TEST_RESULTS)
    writeFileSync(join(process.env.ETUDE_TEST_RESULTS, 'totals'), `${passed} ${failed}\n`);
  process.exitCode = failed === 0 ? 0 : 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function runJest() {
  if (jestArguments.includes('--selectProjects')) return [await runProject('Jest', jestArguments)];
  const suites = [];
  for (const project of PROJECTS)
    suites.push(await runProject(project, [...jestArguments, '--passWithNoTests', '--selectProjects', project]));
  return suites;
}

async function runProject(name, options) {
  const first = await jest(`${name}-first`, options, LIMIT_MS);
  const again = jestArguments.length === 0 ? first.failedFiles : [];
  if (again.length === 0 || again.length > MOST_AGAIN) return { ...first, name };
  console.log(`Failed, and run a second time:\n${again.map((file) => `  ${relative(ROOT, file)}`).join('\n')}`);
  const second = await jest(`${name}-second`, ['--runTestsByPath', ...again], SECOND_LIMIT_MS);
  const unsteady = again.filter((file) => !second.failedFiles.includes(file));
  if (second.ran && unsteady.length > 0)
    console.log(`Passed only the second time:\n${unsteady.map((file) => `  ${relative(ROOT, file)}`).join('\n')}`);
  const passed = first.passed - first.passedInFailedFiles + second.passed;
  return { name, passed, failed: second.failed, status: second.status };
}

/** `ran`: whether Jest came to its end and told of it. */
async function jest(name, options, limitMs) {
  const output = join(folder, `jest-${name}.json`);
  const bin = join(ROOT, 'node_modules/jest/bin/jest.js');
  // A failed test may leave a process open: the totals are in, nothing is waited for.
  const args = ['--experimental-vm-modules', bin, '--forceExit', '--json', `--outputFile=${output}`, ...options];
  const env = { ...process.env, NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --experimental-vm-modules` };
  const status = await run(process.execPath, args, env, limitMs);
  if (!existsSync(output)) return { ran: false, passed: 0, failed: 1, failedFiles: [], status };
  const result = JSON.parse(readFileSync(output, 'utf8'));
  const failedFiles = result.testResults.filter((file) => file.status === 'failed');
  const passedInFailedFiles = failedFiles.flatMap((file) => file.assertionResults.filter((t) => t.status === 'passed'));
  return {
    ran: true,
    passed: result.numPassedTests,
    failed: result.numFailedTests + result.numRuntimeErrorTestSuites,
    failedFiles: failedFiles.map((file) => file.name),
    passedInFailedFiles: passedInFailedFiles.length,
    status,
  };
}

/** Beside Jest, so what it prints is kept until it has ended. */
async function runPytest() {
  const output = join(folder, 'pytest.xml');
  const printed = join(folder, 'pytest.log');
  const args = ['-m', 'pytest', '-q', `--junitxml=${output}`, 'trainer/tests'];
  const log = openSync(printed, 'a');
  const status = await run(join(ROOT, '.venv/bin/python'), args, process.env, LIMIT_MS, log);
  console.log(readFileSync(printed, 'utf8'));
  const xml = existsSync(output) ? readFileSync(output, 'utf8') : '';
  const count = (name) => Number(new RegExp(`<testsuite [^>]*\\b${name}="(\\d+)"`).exec(xml)?.[1] ?? 0);
  const failed = count('failures') + count('errors');
  return { name: 'pytest', passed: count('tests') - failed - count('skipped'), failed, status };
}

/** Guarded, so that no test continues when this process is killed. */
async function run(command, args, env, limitMs = LIMIT_MS, output = 1) {
  const { exited, stop } = spawnGuarded({ command, args, cwd: ROOT, env, output, graceSeconds: 10 });
  const timer = setTimeout(stop, limitMs);
  const { code } = await exited;
  clearTimeout(timer);
  return code;
}

function isTrainerChanged() {
  const git = (...args) => execFileSync('git', [...args, '--', 'trainer'], { cwd: ROOT, encoding: 'utf8' });
  return git('diff', '--name-only', BEFORE) + git('ls-files', '--others', '--exclude-standard') !== '';
}

/**
 * A suite that ran nothing, or ended badly without a failed test, has failed too. A part that somebody names may be all
 * unit or all live tests, and a change may have none.
 */
function report(suite, suites) {
  const isPart = jestArguments.length > 0 && suites.some(({ passed }) => passed > 0);
  const ranNothing = suite.passed === 0 && !changed && !isPart;
  if (suite.failed === 0 && (suite.status !== 0 || ranNothing)) suite.failed = 1;
  console.log(`${suite.name}: ${suite.passed} passed, ${suite.failed} failed`);
}
