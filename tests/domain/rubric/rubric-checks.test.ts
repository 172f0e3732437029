import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Catalog } from '../../../contracts/catalog.ts';
import { checkCatalog } from '../../../domain/plan/check-catalog.ts';
import { promptView, render, rubricLabels } from '../../../domain/requests/prompt-view.ts';
import { checkerOf, leadsBack, resultsOf, roundsOf, writeDerivation } from '../../../domain/rubric/rubric-checks.ts';
import { metricsOf, scoreText } from '../../../domain/scoring/scoring.ts';
import { parseCatalog, polynomials, rewriting } from '../../support/checked-catalog.ts';
import { graded, missing, written } from '../../support/measured-plan.ts';

const algebra = parseCatalog(polynomials);
const letters = parseCatalog(rewriting);
const pointsOf = (catalog: Catalog, skills: string[], topic: string, text: string) =>
  checkerOf(catalog, { skills, topic })?.(text).map((verdict) => verdict?.earned);
const reasonsOf = (catalog: Catalog, skills: string[], topic: string, text: string) =>
  checkerOf(catalog, { skills, topic })?.(text).map((verdict) => verdict?.reason ?? null);

describe('the right results of a combination', () => {
  it('follow from the start by each operation, in the order of the prompt', () => {
    expect(writeDerivation(algebra, { skills: ['double', 'square'], topic: 'line' })).toEqual([
      '2*t + 3',
      '4*t + 6',
      '16*t^2 + 48*t + 36',
    ]);
    expect(writeDerivation(algebra, { skills: ['square', 'double'], topic: 'line' }).at(-1)).toBe('8*t^2 + 24*t + 18');
    expect(writeDerivation(algebra, { skills: ['slope', 'opposite'], topic: 'cube' }).at(-1)).toBe('-3*t^2 + 1');
    expect(writeDerivation(letters, { skills: ['swap', 'twice'], topic: 'two' })).toEqual(['cab', 'cba', 'cbacba']);
  });

  it('stand in the prompt in the same order', () => {
    const combination = { skills: ['square', 'double'], topic: 'line' };
    const prompt = render(polynomials.prompts.teacher.default.turns.join(''), promptView(algebra, combination));
    expect(prompt).toBe('2t + 3: square x^2; double 2*x;');
  });

  it('lead back to the start for some', () => {
    expect(leadsBack(letters, { skills: ['swap'], topic: 'one' })).toBe(false);
    expect(leadsBack(letters, { skills: ['swap', 'vowels-out'], topic: 'two' })).toBe(false);
    expect(leadsBack(algebra, { skills: ['opposite'], topic: 'line' })).toBe(false);
    const twice = parseCatalog(polynomials, {
      skills: [...polynomials.skills, { ...polynomials.skills.at(-1), id: 'back', name: 'back' }],
    });
    expect(leadsBack(twice, { skills: ['opposite', 'back'], topic: 'line' })).toBe(true);
  });
});

describe('the results of a text', () => {
  it.each([
    ['2t + 3 = 4t + 6; so: f = 9', ['4t + 6', '9']],
    ['first: x = **12**.\n\nsecond → `3`\n', ['12', '3']],
    ['7', ['7']],
    [' ;; \n = \n', []],
  ])('of %j are %j', (text, results) => {
    expect(resultsOf(text)).toEqual(results);
  });
});

describe('a text', () => {
  it('earns every point in any equivalent form', () => {
    expect(pointsOf(algebra, ['double', 'slope'], 'half', '2*(t/2) = t; slope = 1')).toEqual([1, 1, 1, 1]);
    expect(pointsOf(algebra, ['double', 'square'], 'line', '6 + 4t\n(4t+6)(4t+6)')).toEqual([1, 1, 1, 1]);
    expect(pointsOf(letters, ['swap', 'tail'], 'two', 'swap cab = cba; tail cba = ba')).toEqual([1, 1, 1]);
  });

  it('earns a skill that is done right on a wrong result, and not the answer', () => {
    expect(pointsOf(algebra, ['double', 'square'], 'line', '4t; 16t^2')).toEqual([0, 1, 0, 1]);
    expect(reasonsOf(algebra, ['double', 'square'], 'line', '4t; 16t^2')?.[0]).toBe('"4t" is not 4*t + 6');
  });

  it('earns no skill whose result is missing or cannot be read, and says why', () => {
    expect(reasonsOf(algebra, ['double', 'square'], 'line', '4t + 6')).toEqual([
      null,
      'there is no result 2',
      '"4t + 6" is not 16*t^2 + 48*t + 36',
      null,
    ]);
    expect(reasonsOf(algebra, ['double'], 'line', 'Sorry, no.')).toEqual([
      '"," is unexpected',
      '"," is unexpected',
      'the text matches (?i)sorry',
    ]);
    expect(pointsOf(algebra, ['double'], 'line', '')).toEqual([0, 0, 1]);
  });

  it('gets a verdict on every point, whatever stands in it', () => {
    const hostile = ['9^9^9^9', '('.repeat(5_000), 'x=1;'.repeat(20_000), '*'.repeat(1_000_000), 'import("fs")', '1/0'];
    const texts = fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.constantFrom(...hostile));
    fc.assert(
      fc.property(texts, (text) => {
        for (const catalog of [algebra, letters]) {
          const [first, second] = catalog.skills.map(({ id }) => id) as [string, string];
          const verdicts = checkerOf(catalog, { skills: [first, second], topic: catalog.topics[0]!.id })?.(text) ?? [];
          expect(verdicts.every((verdict) => verdict?.earned === 1 || verdict?.reason !== undefined)).toBe(true);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('is compared with what `equals` says', () => {
    const check = { kind: 'equals', to: '{{topicData.start}} + {{k}}' };
    const catalog = parseCatalog(polynomials, {
      rubric: { ...polynomials.rubric, skillCheck: undefined, points: [{ id: 'sum', label: 'sum', check }] },
    });
    expect(pointsOf(catalog, ['double'], 'line', 'so = 4 + 2t')).toEqual([undefined, 1]);
    expect(pointsOf(catalog, ['double', 'square'], 'line', 'so = 4 + 2t')).toEqual([undefined, undefined, 0]);
  });
});

describe('scores of checked points', () => {
  const rules = (catalog: Catalog, skills: string[], topic: string) => ({
    ...{ k: skills.length, rubric: catalog.rubric, limit: 1, aggregate: { gradings: 'majority' as const } },
    check: checkerOf(catalog, { skills, topic }),
  });

  it('need no grading where programs decide every point', () => {
    expect(roundsOf(algebra.rubric, 3)).toBe(0);
    const scored = scoreText(written([], '4t; 16t^2'), rules(algebra, ['double', 'square'], 'line'));
    expect(scored).toEqual({ end: 'scored', points: [0, 1, 0, 1], scores: metricsOf([0, 1, 0, 1], 2) });
    const refused = scoreText({ end: 'refused' }, rules(algebra, ['double'], 'line'));
    expect(refused).toMatchObject({ end: 'scored', scores: { fullMarks: 0, allSkills: 0, skillFraction: 0 } });
    expect(scoreText({ end: 'failed', reason: 'x' }, rules(algebra, ['double'], 'line'))).toEqual({ end: 'missing' });
  });

  it('stand beside the graders’ where some are judged: graders are asked for those alone', () => {
    const points = [{ id: 'clear', label: 'is clear' }, ...polynomials.rubric.points];
    const mixed = parseCatalog(polynomials, { rubric: { ...polynomials.rubric, points } });
    expect(roundsOf(mixed.rubric, 3)).toBe(3);
    const view = promptView(mixed, { skills: ['double'], topic: 'line' }, 'text');
    expect(view.rows).toEqual([{ number: 1, label: 'is clear' }]);
    expect(rubricLabels(mixed, { skills: ['double'], topic: 'line' })).toHaveLength(4);
    const own = rules(mixed, ['double'], 'line');
    expect(scoreText(written([graded(0, 1, 0, 0)], '4t + 6'), own)).toMatchObject({ points: [1, 1, 1, 1] });
    expect(scoreText(written([graded(1, 0, 1, 1)], '4t'), own)).toMatchObject({ points: [0, 0, 0, 1] });
    expect(scoreText(written([missing], '4t + 6'), own)).toEqual({ end: 'missing' });
  });
});

describe('a catalog', () => {
  const skills = (change: object) => [{ ...polynomials.skills[0], ...change }, ...polynomials.skills.slice(1)];
  const topics = (change: object) => [{ ...polynomials.topics[0], ...change }, ...polynomials.topics.slice(1)];
  const rubric = (change: object) => ({ rubric: { ...polynomials.rubric, ...change } });

  it('with checks is whole', () => {
    expect(() => checkCatalog(algebra)).not.toThrow();
    expect(() => checkCatalog(letters)).not.toThrow();
  });

  it.each([
    [{ skills: skills({ data: undefined }) }, 'skills.double.data.apply is missing'],
    [{ skills: skills({ data: { apply: '2*' } }) }, 'skills.double.data.apply: "2*" cannot be used: it breaks off'],
    [{ skills: skills({ data: { apply: 'mod(x, 0)' } }) }, 'mod needs a whole number and a positive one'],
    [{ topics: topics({ data: { begin: '3' } }) }, 'topics.line.data.start is missing'],
    [{ topics: topics({ data: { start: '1/0' } }) }, 'topics.line.data.start: "1/0" cannot be used: division by zero'],
    [rubric({ derivation: undefined }), 'check `step` compares with a derivation, and there is none'],
    [
      {
        // Only the last skill has what the template names.
        skills: [...polynomials.skills.slice(0, -1), { ...polynomials.skills.at(-1), data: { sign: '-' } }],
        ...rubric({
          skillCheck: { kind: 'pattern', matches: '{{data.sign}}' },
          derivation: undefined,
          points: [{ id: 'a', label: 'a' }],
        }),
      },
      'skill double: "" cannot be used: it is empty: the data that its template names are missing',
    ],
    [
      rubric({ points: [{ id: 'a', label: 'a', check: { kind: 'pattern', matches: '(' } }] }),
      'rubric.points.a.check.matches: "(" cannot be used: it is no regular expression',
    ],
    [
      {
        topics: [...polynomials.topics.slice(0, -1), { ...polynomials.topics.at(-1), data: { start: 't', end: 't' } }],
        ...rubric({ points: [{ id: 'a', label: 'a', check: { kind: 'equals', to: '{{topicData.end}}' } }] }),
      },
      'rubric.points.a.check.to, topic line: "" cannot be used: it is empty',
    ],
  ])('is refused with its place: %#', (change, message) => {
    expect(() => checkCatalog(parseCatalog(polynomials, change))).toThrow(message);
  });

  it.each([
    [rubric({ points: [{ id: 'a', label: 'a', rule: 'sentence-limit', check: { kind: 'answer' } }] }), 'not both'],
    [rubric({ skillCheck: { kind: 'answer' } }), 'skillCheck'],
    [rubric({ points: [{ id: 'a', label: 'a', check: { kind: 'unit-tests' } }] }), 'points'],
    [{ skills: skills({ data: { 'not-a-key': 'x' } }) }, 'a key of data is letters and digits'],
    [{ skills: skills({ data: { apply: 3 } }) }, 'apply'],
  ])('is refused by its schema: %#', (change, message) => {
    expect(() => parseCatalog(polynomials, change)).toThrow(message);
  });
});
