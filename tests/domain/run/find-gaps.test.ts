import { describe, expect, it } from '@jest/globals';
import type { TextOutcome } from '../../../contracts/outcomes.ts';
import { gapSchema } from '../../../contracts/outputs/gaps.ts';
import type { Plan } from '../../../contracts/plan.ts';
import { describeGap, findGaps, type FindGapsInput } from '../../../domain/run/find-gaps.ts';
import { cell, combination, graded, measuredPlan, missing, unparsable, written } from '../../support/measured-plan.ts';

const GRADERS = [{ id: 'strict' }, { id: 'lenient' }];

/** A plan with two graders that composes `target` texts with k = 2. */
function planOf(target: number): Plan {
  const plan = measuredPlan();
  const compose = [{ partition: 0, k: 2, target, waves: [target], items: [] }];
  return { ...plan, science: { ...plan.science, graders: GRADERS }, compose } as unknown as Plan;
}

const composed = (...outcomes: TextOutcome[]) =>
  outcomes.map((outcome, index) => ({ index, combination: combination(index), outcome }));
const failed = (reason: string): TextOutcome => ({ end: 'failed', reason });
const good = written([graded(1, 1, 1, 1, 1)]);

const gapsOf = (given: Partial<FindGapsInput>) => {
  const gaps = findGaps({ plan: planOf(2), corpora: [], outcomes: [], failedArms: [], amendments: [], ...given });
  for (const gap of gaps) expect(gapSchema.parse(gap)).toEqual(gap);
  return gaps;
};

describe('what a study lacks', () => {
  it('is nothing where everything planned is there: unreadable, refused and truncated count as they are', () => {
    const texts = [[good], [written([unparsable])], [{ end: 'refused' }], [{ end: 'truncated' }]] as TextOutcome[][];
    const corpus = { list: 0, kept: [0, 1], composed: composed(good, good), dropped: [] };
    const outcomes = GRADERS.map(({ id: grader }) => cell(texts, { grader }));
    expect(gapsOf({ corpora: [corpus], outcomes })).toEqual([]);
  });

  it('is a corpus below its target, with what became of the texts that were not kept', () => {
    const texts = composed(failed('lab: status 422'), failed('lab: status 422'), good, good);
    const dropped = [
      { index: 0, reason: 'failed' as const },
      { index: 1, reason: 'failed' as const },
      { index: 2, reason: 'below' as const },
      { index: 3, reason: 'duplicate' as const, of: 2 },
    ];
    const [gap, ...others] = gapsOf({ corpora: [{ list: 0, kept: [], composed: texts, dropped }] });
    expect(others).toEqual([]);
    expect(gap).toMatchObject({ kind: 'corpus', where: 'k = 2', missing: 2, planned: 2 });
    expect(gap && describeGap(gap)).toBe(
      'training texts, k = 2: 0 of 2 kept; 2 failed: lab: status 422, 1 below the keep rule, 1 near duplicate',
    );
  });

  it('is not a corpus that reached its target although texts failed: the surplus is there for that', () => {
    const texts = composed(failed('x'), good, good);
    const dropped = [{ index: 0, reason: 'failed' as const }];
    expect(gapsOf({ corpora: [{ list: 0, kept: [1, 2], composed: texts, dropped }] })).toEqual([]);
  });

  it('is a text that failed, once however many graders would have judged it', () => {
    const texts = [
      [good, failed('gone')],
      [good, good],
    ];
    const gaps = gapsOf({ outcomes: GRADERS.map(({ id: grader }) => cell(texts, { grader })) });
    expect(gaps).toHaveLength(1);
    expect(gaps.map(describeGap)).toEqual(['tiny/base/k2/train: 1 of 4 texts missing; 1 failed: gone']);
  });

  it('is gradings that are missing, by grader, with the cells they are missing in', () => {
    const outcomes = [
      cell([[written([missing, graded(1)])]], { grader: 'strict' }),
      cell([[written([graded(1), graded(1)])]], { grader: 'lenient' }),
      cell([[written([missing, missing])]], { grader: 'strict', setting: 'held-out' }),
    ];
    expect(gapsOf({ outcomes }).map(describeGap)).toEqual([
      'grader strict: 3 of 4 gradings missing; 2 tiny/base/k2/held-out, 1 tiny/base/k2/train',
    ]);
  });

  it('is an arm that failed, as one gap; what a person gave up is none', () => {
    const arm = { student: 'tiny', arm: '1,2', replicate: 0, partition: 0 };
    const lost = cell([[failed('TrainingFailed')]], { arm: '1,2' });
    const record = {
      ...arm,
      failure: 'TrainingFailed' as const,
      reason: 'its training failed',
      details: 'no memory left',
    };
    expect(gapsOf({ outcomes: [lost], failedArms: [record] }).map(describeGap)).toEqual([
      'arm tiny/1,2: its cell is missing: no memory left',
    ]);
    const skip = { kind: 'skip' as const, cell: 'tiny/1,2/k2/train', why: 'too dear' };
    expect(gapsOf({ outcomes: [lost], amendments: [skip] })).toEqual([]);
  });
});
