/** Near-duplicates and held-out names in every script that writes no blanks, and in forms that hide a name. */
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { certify } from '../../../domain/corpus/certificate.ts';
import { dedupe, type IndexedText } from '../../../domain/corpus/dedupe.ts';
import { makePhraseFinder } from '../../../domain/corpus/phrases.ts';
import { hashTexts } from '../../../domain/corpus/shingles.ts';
import { measuredPlan } from '../../support/measured-plan.ts';
import { SCRIPT_SAMPLES } from '../../support/script-samples.ts';

const rule = { near: 0.7, shingle: 3 } as const;
const indexed = (...texts: string[]): IndexedText[] => texts.map((text, index) => ({ index, text }));
const namesIn = (text: string, ...names: string[]): string[] => [
  ...new Set(makePhraseFinder(names)(text).map(({ name }) => name)),
];

describe('near-duplicates', () => {
  it.each(SCRIPT_SAMPLES)('are found in $script, and other sentences are none', ({ sentence, near, other }) => {
    expect(dedupe(indexed(sentence, near, other), rule)).toMatchObject({
      kept: [0, 2],
      dropped: [{ index: 1, of: 0, exact: false }],
    });
  });

  it.each(SCRIPT_SAMPLES)('in $script are exact where only blanks, marks or invisible characters differ', (sample) => {
    const spread = `「${[...sample.sentence.slice(0, 10)].join('')}\u200b${sample.sentence.slice(10)}」。\n`;
    expect(dedupe(indexed(sample.sentence, spread), rule).dropped).toMatchObject([{ index: 1, exact: true }]);
  });

  it('see through full-width, half-width and decomposed forms', () => {
    const texts = indexed(
      'ガーデンのＡＢＣ',
      'ｶﾞｰﾃﾞﾝのabc',
      'the cliché',
      'The cliche\u0301',
      'gar\u00addener',
      'gardener',
    );
    expect(dedupe(texts, rule).kept).toEqual([0, 2, 4]);
  });

  it('hash a word alike whichever way the text around it makes them look for words', () => {
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-zéñßøşα-ωа-я0-9]{1,8}$/), { minLength: 1 }), (words) => {
        const { words: hashes, wordAt } = hashTexts([words.join(' '), `${words.join(' ')}，字`], 3);
        expect([...hashes.slice(wordAt[1], wordAt[2]! - 1)]).toEqual([...hashes.slice(0, wordAt[1])]);
      }),
    );
  });

  it('have room for any number of texts of one-character words', () => {
    const texts = Array.from({ length: 300 }, (_, i) =>
      String.fromCodePoint(...[0, 1, 2].map((j) => 0x4e00 + 3 * i + j)).repeat((i % 7) + 1),
    );
    const { wordAt } = hashTexts(texts, 3);
    expect(wordAt[300]).toBe(texts.join('').length);
    expect(dedupe(indexed(...texts, ...texts), { near: 'off', shingle: 3 }).dropped).toHaveLength(300);
  });
});

describe('held-out names', () => {
  it.each(SCRIPT_SAMPLES)('are found inside a sentence of $script', ({ name, naming, sentence }) => {
    expect(namesIn(naming, name)).toEqual([name]);
    expect(namesIn(sentence, name)).toEqual([]);
  });

  it.each(SCRIPT_SAMPLES)(
    'are found in $script over line breaks, blanks and invisible characters',
    ({ name, naming }) => {
      const cut = [...name].slice(0, -1).join('').length;
      for (const between of ['\n', ' ', '\u200b', '\u2060', '\u00ad', '\u202e'])
        if (!/\p{M}$/u.test(name))
          expect(namesIn(naming.replace(name, name.slice(0, cut) + between + name.slice(cut)), name)).toEqual([name]);
    },
  );

  it.each(SCRIPT_SAMPLES)('stop a study in $script', ({ name, naming, sentence }) => {
    const plan = measuredPlan();
    const skills = plan.catalog.skills.map((skill) => (skill.id === 'metaphor' ? { ...skill, name } : skill));
    const named = { ...plan, catalog: { ...plan.catalog, skills } };
    const certifyPrompt = (prompt: string) =>
      certify({
        ...{ plan: named, student: plan.science.students[0]!.id, partition: 0, arm: '1' },
        content: `${JSON.stringify({ messages: [{ role: 'user', content: prompt }] })}\n`,
        combinations: [{ skills: ['simile'], topic: 'sewing' }],
      });
    expect(certifyPrompt(sentence).examples).toBe(1);
    expect(() => certifyPrompt(naming)).toThrow(`the held-out name "${name}" occurs in a user message`);
  });

  it('are found wherever their characters stand in a row', () => {
    const pieces = fc.constantFrom('园丁', 'てんき', 'AI ', 'คน', '，', ' ', 'word ', '១');
    fc.assert(
      fc.property(fc.array(pieces), fc.array(pieces), fc.constantFrom(...SCRIPT_SAMPLES), (before, after, { name }) => {
        const text = [...before, ' ', name, ' ', ...after].join('');
        expect(namesIn(text, name)).toEqual([name]);
        expect(namesIn(text.normalize('NFD'), name)).toEqual([name]);
      }),
    );
  });

  it.each([
    ['a soft hyphen', 'a meta\u00adphor', 'metaphor'],
    ['a zero-width space within', 'a meta\u200bphor', 'metaphor'],
    ['a zero-width space between words', 'red\u200bherring', 'red herring'],
    ['a zero-width space after', 'metaphor\u200bs and similes', 'metaphor'],
    ['marks of direction', '\u202dmetaphor\u202c', 'metaphor'],
    ['full-width letters', 'ＲＥＤ　ｈｅｒｒｉｎｇ', 'red herring'],
    ['a full-width bracket in the name', '请使用隐喻。', '隐喻（修辞）'],
    ['a decomposed name', 'a cliché', 'cliche\u0301'],
    ['a decomposed text', 'a cliche\u0301', 'cliché'],
    ['half-width kana', 'ﾒﾀﾌｧｰを使う', 'メタファー'],
    ['a dot between kana', 'レッド・ヘリング', 'レッドヘリング'],
    ['capitals without an equal', 'GROSSMUT', 'Großmut'],
    ['a Korean particle', '은유를 사용하세요', '은유'],
    ['a Korean particle after one syllable', '시를 쓰세요', '시'],
    ['a Korean compound without its blank', '레드헤링을 쓰세요', '레드 헤링'],
    ['Tibetan among other syllables', 'བོད་སྐད་ཡིག་གི་', 'སྐད་ཡིག'],
  ])('are found through %s', (_, text, name) => {
    expect(namesIn(text, name)).toEqual([name]);
  });

  it.each([
    ['of which only a part is there', '使用隐语和明喻', '隐喻'],
    ['over the end of a clause', '使用隐，喻体', '隐喻'],
    ['inside a word of a script with blanks', 'metaphorical', 'metaphor'],
    ['with which another Korean word begins', '시간이 없다', '시'],
    ['of Latin letters inside a longer word', '用MAIN写作', 'AI写作'],
    ['that differs by a mark', 'นัก', 'นก'],
    ['that differs by an accent', 'le côté', 'cote'],
  ])('are not found %s', (_, text, name) => {
    expect(namesIn(text, name)).toEqual([]);
  });

  it('are excused by the words that hold them, in whatever form these are written', () => {
    const plan = measuredPlan();
    const skills = plan.catalog.skills.map((skill) => {
      if (skill.id === 'metaphor') return { ...skill, name: '喻' };
      return skill.id === 'simile' ? { ...skill, name: '明\u200b喻（ＡＢ）' } : skill;
    });
    const named = { ...plan, catalog: { ...plan.catalog, skills } };
    const given = { plan: named, student: plan.science.students[0]!.id, partition: 0, arm: '1' };
    const of = (prompt: string) =>
      certify({
        ...given,
        content: `${JSON.stringify({ messages: [{ role: 'user', content: prompt }] })}\n`,
        combinations: [{ skills: ['simile'], topic: 'sewing' }],
      });
    expect(of('使用明喻(AB)。').examples).toBe(1);
    expect(() => of('使用明喻(AB)和借喻。')).toThrow('the held-out name "喻"');
  });
});
