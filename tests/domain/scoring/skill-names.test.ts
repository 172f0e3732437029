import { describe, expect, it } from '@jest/globals';
import { namesSkill } from '../../../domain/scoring/skill-names.ts';

describe('namesSkill', () => {
  it.each([
    ['It was a metaphor.', 'metaphor', true, true],
    ['METAPHORS everywhere', 'metaphor', true, true],
    ['An accident happened.', 'accident (fallacy)', true, true],
    ['It was an accident.', 'accident (fallacy)', true, true],
    ['She loathed it.', 'oath', true, true],
    ['How ironic!', 'irony', false, true],
    ['He said it ironically.', 'irony', false, true],
    ['Ironies abound.', 'irony', false, true],
    ['a hyperbolic remark', 'hyperbole', false, true],
    ['speaking metaphorically', 'metaphor', true, true],
    ['a red-herring', 'red herring', false, true],
    ['two red herrings', 'red herring', true, true],
    ['his redherring', 'red herring', false, true],
    ['Self serving bias it was', 'self-serving bias', false, true],
    ['self-serving biases', 'self-serving bias', true, true],
    ['a self‑serving bias', 'self-serving bias', false, true],
    ['the hypotheses', 'hypothesis', false, true],
    ["metonymy's charm", 'metonymy', true, true],
    ['Occams razor', "Occam's razor", false, true],
    ['Occam’s razor', "Occam's razor", false, true],
    ['such a cliché', 'cliche', false, true],
    ['his white-lies', 'white lie', false, true],
    ['his irony', 'ironic', false, true],
    ['a dialectical turn', 'dialectics', false, true],
    ['complex-questioning', 'complex question', false, true],
    ['the iron gate', 'irony', false, false],
    ['a herring in red', 'red herring', false, false],
    ['the simulation', 'simile', false, false],
    ['paradise', 'paradox', false, false],
    ['an odd thing', 'ode', false, false],
    ['all bridges', 'irony', false, false],
    ['', 'irony', false, false],
    ['请使用隐喻和明喻', '隐喻', true, true],
    ['隐 喻', '隐喻', false, true],
    ['隐语和比喻', '隐喻', false, false],
    ['ﾒﾀﾌｧｰだ', 'メタファー（修辞）', true, true],
    ['น้ำ', 'นำ', false, false],
    ['a meta\u00adphor', 'metaphor', true, true],
    ['ＭＥＴＡＰＨＯＲＳ', 'metaphor', true, true],
  ])('%j names %s: as it stands %s, inflected %s', (text, name, plain, inflected) => {
    expect([namesSkill(text, name, 'names'), namesSkill(text, name, 'inflected')]).toEqual([plain, inflected]);
  });

  it('finds nothing by a name that is a parenthesis alone', () => {
    expect(namesSkill('anything', '(fallacy)', 'names')).toBe(false);
  });

  it('deducts by `inflected` whatever `names` deducts', () => {
    for (const text of ['loathed', 'a metaphoric oath', 'red herrings'])
      for (const name of ['oath', 'metaphor', 'red herring'])
        if (namesSkill(text, name, 'names')) expect(namesSkill(text, name, 'inflected')).toBe(true);
  });
});
