/** A whole study through the command line. One run from an empty home, undisturbed, is what all others are compared to. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from '@jest/globals';
import type { Results } from '../../contracts/results.ts';
import { runCli, untilGone, type Ended } from '../support/cli.ts';
import { makeScratch, PROJECT } from '../support/scratch.ts';
import { describeCancelling, describeMistypedHome } from './cancelling.ts';
import { describeCap } from './cap.ts';
import { describeDeadParts } from './dead-parts.ts';
import { describeFinished } from './finished-study.ts';
import { describeInterruptions } from './interruptions.ts';
import { describeMistakes } from './mistakes.ts';
import { describeUpgrade } from './upgrade.ts';
import { describeWaits } from './waits.ts';

const STUDY = join(PROJECT, 'tests/study/mini.yaml');
const scratch = makeScratch();
const home = join(scratch, 'reference');

let ended: Ended;
let results: string;
const reference = { study: STUDY, home, scratch, results: () => results };
export type Reference = typeof reference;

beforeAll(async () => {
  ended = await runCli(['start', STUDY, '--home', home, '--json']);
  if (ended.code !== 0) throw new Error(`the undisturbed run failed: ${ended.stderr}`);
  results = readFileSync(join(home, 'runs/mini/results.json'), 'utf8');
}, 900_000);

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

describeFinished(reference);
describeInterruptions(reference);
describeDeadParts(reference);
describeMistakes(reference);
describeWaits(reference);
describeCap(reference);
describeMistypedHome(reference);
describeCancelling(reference);
describeUpgrade(reference);
