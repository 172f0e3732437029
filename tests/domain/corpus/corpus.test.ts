import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { ComposedText, TextOutcome } from '../../../contracts/outcomes.ts';
import type { ComposePlan } from '../../../contracts/plan.ts';
import { decideKept, type KeepRules } from '../../../domain/corpus/corpus.ts';
import { catalog, combination, graded, unparsable, written } from '../../support/measured-plan.ts';

const good = (text: string) => written([graded(1, 1, 1, 1, 1)], text);
const offTopic = (text: string) => written([graded(1, 1, 0, 1, 1)], text);
const compose = (outcomes: readonly TextOutcome[]): ComposedText[] =>
  outcomes.map((outcome, index) => ({ index, combination: combination(index), outcome }));
const planOf = (length: number): ComposePlan => ({
  partition: 0,
  k: 2,
  target: 2,
  waves: [length],
  items: Array.from({ length }, (_, index) => combination(index)),
});
const rules: KeepRules = {
  keep: { rule: 'full-marks', gradings: 1 },
  dedupe: { near: 0.7, shingle: 3 },
  rubric: catalog.rubric,
  target: 2,
  trainSkills: ['simile', 'rhetorical-question', 'tricolon', 'oath'],
};
const decide = (outcomes: readonly TextOutcome[], changes: Partial<KeepRules> = {}) =>
  decideKept(planOf(10), compose(outcomes), { ...rules, ...changes });

describe('decideKept', () => {
  it('keeps the first good and unrepeated texts, and says why the others fall', () => {
    const { row, kept, dropped } = decide([
      good('The kettle sang.'),
      { end: 'refused' },
      offTopic('It rained.'),
      good('the kettle sang'),
      written([unparsable], 'Snow fell.'),
      { end: 'failed', reason: 'bad request' },
      { end: 'truncated' },
      good('The needle slept.'),
      good('The thread ran out.'),
    ]);
    expect(kept.map(({ index }) => index)).toEqual([0, 7]);
    expect(dropped).toEqual([
      { index: 1, reason: 'refused' },
      { index: 2, reason: 'below' },
      { index: 3, reason: 'duplicate', of: 0 },
      { index: 4, reason: 'ungraded' },
      { index: 5, reason: 'failed' },
      { index: 6, reason: 'truncated' },
      { index: 8, reason: 'surplus' },
    ]);
    expect(row).toEqual({
      partition: 0,
      k: 2,
      planned: 10,
      composed: 6,
      fullMarks: 4,
      duplicates: 1,
      kept: 2,
      skillCoverage: 0.5,
    });
  });

  it('keeps all-skills texts under that rule, and counts full marks all the same', () => {
    const { row, kept } = decide([offTopic('It rained.'), good('The kettle sang.')], {
      keep: { rule: 'all-skills', gradings: 1 },
    });
    expect(kept.map(({ index }) => index)).toEqual([0, 1]);
    expect(row.fullMarks).toBe(1);
  });

  it('drops a text that is too long, whatever the grader says', () => {
    expect(decide([good('The kettle sang. The needle slept.')]).dropped).toEqual([{ index: 0, reason: 'below' }]);
  });

  it('takes the majority of several keep gradings', () => {
    const most = written([graded(1, 1, 1, 1, 1), graded(1, 0, 1, 1, 1), graded(1, 1, 1, 1, 0)]);
    const few = written([graded(1, 1, 1, 1, 1), graded(1, 0, 1, 1, 1), graded(1, 0, 1, 1, 1)]);
    expect(decide([few, most]).kept.map(({ index }) => index)).toEqual([1]);
  });

  it('does not let a bad text displace a good one that repeats it', () => {
    expect(decide([offTopic('The kettle sang.'), good('The kettle sang.')]).kept.map(({ index }) => index)).toEqual([
      1,
    ]);
  });

  it('leaves to programs what the rubric leaves to them', () => {
    const lost = { earned: 0, reason: 'it rhymes' } as const;
    const checkerOf = () => (text: string) => [
      undefined,
      undefined,
      undefined,
      text.includes('kettle') ? lost : undefined,
    ];
    const { kept, dropped } = decide([good('The kettle sang.'), good('The needle slept.')], { checkerOf });
    expect(kept.map(({ index }) => index)).toEqual([1]);
    expect(dropped).toEqual([{ index: 0, reason: 'below' }]);
  });

  it('refuses texts out of plan order or beyond the plan', () => {
    const texts = compose([good('a'), good('b')]);
    expect(() => decideKept(planOf(10), [texts[1]!, texts[0]!], rules)).toThrow('leave plan order at place 0');
    expect(() => decideKept(planOf(1), texts, rules)).toThrow('2 texts of k = 2 were composed and 1 planned');
  });

  it('keeps the same first texts when more are composed', () => {
    const outcome = fc.oneof(
      fc.constantFrom(...['a b c d', 'a b c e', 'f g h i', 'k l', 'm n o p q'].map(good), offTopic('f g h')),
      fc.constantFrom<TextOutcome>({ end: 'refused' }, { end: 'failed', reason: 'x' }),
    );
    const lists = fc.array(outcome, { maxLength: 14 });
    fc.assert(
      fc.property(lists, fc.nat(), fc.integer({ min: 1, max: 4 }), (outcomes, cut, target) => {
        const plan = planOf(14);
        const texts = compose(outcomes);
        const prefix = texts.slice(0, cut % (texts.length + 1));
        const changed = { ...rules, target };
        const early = decideKept(plan, prefix, changed).kept;
        const late = decideKept(plan, texts, changed).kept;
        expect(late.slice(0, early.length)).toEqual(early);
        expect(late.length).toBeLessThanOrEqual(target);
      }),
    );
  });
});
