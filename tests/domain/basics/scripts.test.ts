import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { foldWord, hasUnspaced, plainForm, tokensOf } from '../../../domain/basics/scripts.ts';
import { SCRIPT_SAMPLES } from '../../support/script-samples.ts';

const same = (text: string): string => foldWord(plainForm(text));

describe('plainForm and foldWord', () => {
  it.each([
    ['a soft hyphen', 'meta\u00adphor', 'metaphor'],
    ['a zero-width space', 'meta\u200bphor', 'metaphor'],
    ['zero-width joiners', 'me\u200ct\u200daphor\u2060', 'metaphor'],
    ['a byte order mark', '\ufeffmetaphor', 'metaphor'],
    ['marks of direction', '\u202emetaphor\u202c\u200f', 'metaphor'],
    ['a variation selector', 'metaphor\ufe0f', 'metaphor'],
    ['tags', 'metaphor\u{e0061}', 'metaphor'],
    ['full-width letters', 'ＭＥＴＡＰＨＯＲ', 'metaphor'],
    ['mathematical letters', '𝐦𝐞𝐭𝐚𝐩𝐡𝐨𝐫', 'metaphor'],
    ['circled letters', 'ⓜⓔⓣⓐⓟⓗⓞⓡ', 'metaphor'],
    ['a ligature', 'ﬁgure', 'figure'],
    ['letters apart from their marks', 'cliche\u0301', 'cliché'],
    ['marks that belong to no letter', 'm\u0336e\u0336taphor', 'metaphor'],
    ['capitals that become two letters', 'GROSSMUT', 'großmut'],
    ['a final sigma', 'ΣΟΦΟΣ', 'σοφοσ'],
    ['half-width kana with voice marks', 'ﾒﾀﾌｧｰｶﾞ', 'メタファーガ'],
    ['kana apart from their voice marks', 'か\u3099', 'が'],
    ['Hangul apart', '은유'.normalize('NFD'), '은유'],
    ['half-width Hangul', 'ﾡ', 'ᄀ'],
    ['a compatibility ideograph', '\uf9dd', '利'],
    ['a radical as an ideograph', '\u2f08', '人'],
    ['Arabic vowel signs', 'اِسْتِعارة', 'استعارة'],
    ['Hebrew points', 'שָׁלוֹם', 'שלום'],
  ])('bring %s to one form', (_, written, plain) => {
    expect(same(written)).toBe(same(plain));
  });

  it('tell apart what a reader tells apart', () => {
    for (const [a, b] of ['か が', 'cote côté', 'm² m2', 'Tea™ TeaTM', 'นก นัก', 'ma má'].map((pair) => pair.split(' ')))
      expect(same(a!)).not.toBe(same(b!));
  });

  it('leave Latin text and signs as they are', () => {
    const text = 'Élan, “naïve” — ½ of 5 µm² costs €3.50… at O’Brien’s™ 😀';
    expect(plainForm(text)).toBe(text);
  });

  it('change nothing the second time', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(plainForm(plainForm(text))).toBe(plainForm(text));
      }),
    );
  });
});

describe('tokensOf', () => {
  it.each(SCRIPT_SAMPLES)('parts $script into characters', ({ sentence }) => {
    const tokens = tokensOf(sentence);
    expect(tokens.length).toBeGreaterThan(20);
    expect(tokens.every(({ text, start, end }) => sentence.slice(start, end) === text)).toBe(true);
    expect(tokens.filter(({ text }) => hasUnspaced(text)).every(({ text }) => /^.\p{M}*$/u.test(text))).toBe(true);
  });

  it('keeps words whole where blanks part them', () => {
    const words = 'The naïve Γλώσσα слово शब्द 은유를 כתב عربي 3rd'.split(' ');
    expect(tokensOf(words.join(' ')).map(({ text }) => text)).toEqual(words);
  });

  it('parts scripts where they meet', () => {
    expect(tokensOf('用AI写 2字').map(({ text }) => text)).toEqual(['用', 'AI', '写', '2', '字']);
  });
});
