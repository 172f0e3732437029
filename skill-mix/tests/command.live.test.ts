import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { makeScratch, PROJECT } from '../../tests/support/scratch.ts';
import { gradingPath, makeGraded, makeGradingCsv, RELEASED, writeFile, writeRun } from './released-run.ts';

const scratch = makeScratch();
const released = join(scratch, 'released');
const damaged = join(scratch, 'damaged');
const bare = join(scratch, 'bare');
const empty = join(scratch, 'empty');
beforeAll(() => {
  writeRun({ directory: released, k: 2 }, [[[makeGraded(), makeGraded({ points: '1.0,1.0' })]]]);
  const columns = (): string[] => ['k', 'skills', 'topic', 'points_0', 'true_sentence_lim_pt_0'];
  writeFile(gradingPath({ directory: bare, k: 2 }, 1, 1), makeGradingCsv([makeGraded()], { ...RELEASED, columns }));
  writeFile(gradingPath({ directory: damaged, k: 2 }, 1, 1), Buffer.alloc(9));
  mkdirSync(empty);
  writeFileSync(join(empty, 'k2_s1_v1_r1'), 'a file, no folder');
});

function run(...args: string[]) {
  const command = ['--import', 'tsx', join(PROJECT, 'client/main.ts'), 'score', 'skill-mix', ...args];
  return spawnSync(process.execPath, command, { cwd: PROJECT, encoding: 'utf8' });
}
const NAMES = ['--student', 'student', '--grader', 'gpt-4'];

describe('etude score skill-mix', () => {
  it('prints the metrics, and says loudly what left the denominator', () => {
    const { stdout, status } = run(released, ...NAMES, '--missing', 'drop');
    expect(stdout).toContain('Ratio of full marks   1.00 ± nan');
    expect(stdout).toContain('! 1 combinations have missing points and are LEFT OUT OF THE DENOMINATOR');
    expect(stdout).toContain('! Round 2 is missing: there is no folder of this student in this round');
    expect(stdout).toContain('round 1, grading 1, row 2 (Sewing): 1,1 recorded, none read; 2 points recorded');
    expect(status).toBe(0);
  });

  it('says where names could not be deducted, and that nothing was compared', () => {
    const { stdout, status } = run(bare, ...NAMES, '--deduct-names');
    expect(stdout).toContain('! 1 gradings whose text is in no file: no name could be deducted from them');
    expect(stdout).toContain('No grading has both recorded points and a reply.');
    expect(status).toBe(0);
  });

  it('prints one JSON value with the keys of the contract', () => {
    const { stdout, status } = run(released, ...NAMES, '--k', '2', '--rounds', '1', '--gradings', '1', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      byK: [
        {
          k: 2,
          metrics: { fullMarks: { mean: 0.5, se: 0.5, printed: '0.50 ± 0.500' } },
          counts: { combinations: 2, scored: 2, complete: 1, short: 1 },
          missingRounds: [],
          identicalGradings: [],
          disagreements: [{ row: 2 }],
        },
      ],
    });
    expect(status).toBe(0);
  });

  it.each([
    ['nothing readable', () => damaged, 'Nothing could be scored'],
    ['no round', () => empty, 'No folder k{k}'],
  ])('fails with %s, still with one JSON value', (_, directory, message) => {
    const { stdout, stderr, status } = run(directory(), ...NAMES, '--json');
    expect(JSON.parse(stdout)).toHaveProperty('byK');
    expect(stderr).toContain(message);
    expect(status).toBe(1);
  });
});
