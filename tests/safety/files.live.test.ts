/** Files of others: links that lead away, pipes that nobody writes to, devices without an end. */
import { execFileSync } from 'node:child_process';
import { renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { readPointsFile } from '../../activities/people/read-points-file.ts';
import { checkMix } from '../../client/study-file/read-mix.ts';
import type { Plan } from '../../contracts/plan.ts';
import { scoreRuns } from '../../skill-mix/score-folder.ts';
import { gradingPath, makeGraded, writeRun } from '../../skill-mix/tests/released-run.ts';
import { makeScratch } from '../support/scratch.ts';

const scratch = makeScratch();
const pipe = join(scratch, 'pipe');
execFileSync('mkfifo', [pipe]);

describe('a released run', () => {
  const rows = [makeGraded({ topic: 'Sewing' }), makeGraded({ topic: 'Knots' })];
  const problemsWith = (name: string, change: (file: string) => void) => {
    const run = { directory: join(scratch, name), k: 2 };
    writeRun(run, [[rows, rows, rows]]);
    change(gradingPath(run, 1, 3));
    const [scored] = scoreRuns(run.directory, {
      student: 'student',
      grader: 'gpt-4',
      missing: 'zero',
      rounds: '1',
    }).byK;
    return scored?.missingGradings.map(({ reason }) => reason);
  };
  const linkTo = (target: string) => (file: string) => {
    rmSync(file);
    symlinkSync(target, file);
  };

  it('does not read what a link in it leads to outside, and says so', () => {
    const other = join(scratch, 'other.csv');
    const away = problemsWith('away', (file) => {
      renameSync(file, other);
      symlinkSync(other, file);
    });
    expect(away).toEqual(['it is a link that leaves the folder']);
  });

  it('reads what a link leads to inside', () => {
    const inside = problemsWith('inside', (file) => {
      renameSync(file, join(scratch, 'inside', 'moved.csv'));
      symlinkSync(join(scratch, 'inside', 'moved.csv'), file);
    });
    expect(inside).toEqual([]);
  });

  it.each(['/dev/zero', pipe, scratch])('never hangs upon a link to %s', (target) => {
    expect(problemsWith(`hung-${target.length}`, linkTo(target))).toEqual(['it is not a file']);
  });

  it('is found through folders that are linked in a circle', () => {
    const circle = problemsWith('circle', (file) => symlinkSync(join(scratch, 'circle'), join(file, '../../../again')));
    expect(circle).toEqual([]);
  });
});

it.each(['/dev/zero', pipe, scratch])('points are not imported from %s', (path) => {
  expect(readPointsFile(path, [])).toEqual({ end: 'refused', problems: [{ line: 1, reason: 'it is not a file' }] });
});

it.each(['/dev/zero', 'pipe', '.'])('data to mix in are not read from %s', async (source) => {
  const mix = { source, revision: 'a'.repeat(64), ratio: 0.1, unit: 'tokens', loss: 'all-tokens' };
  const plan = { science: { training: { mix } } } as unknown as Plan;
  await expect(checkMix(join(scratch, 'study.yaml'), plan)).rejects.toThrow(
    /training\.mix\.source: .* it is not a file/,
  );
});
