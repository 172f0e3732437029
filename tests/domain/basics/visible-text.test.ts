import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { visibleText } from '../../../domain/basics/visible-text.ts';

it.each([
  ['\u001b[31mred\u001b[0m', '\\u{1B}[31mred\\u{1B}[0m'],
  ['\u001b]0;title\u0007', '\\u{1B}]0;title\\u{7}'],
  ['a\rb', 'a\\u{D}b'],
  ['a\r\nb\tc', 'a\nb\tc'],
  ['\u202egnp.exe', '\\u{202E}gnp.exe'],
  ['nul \u0000 and c1 \u009b', 'nul \\u{0} and c1 \\u{9B}'],
  ['half \ud800 of one', 'half \ufffd of one'],
  ['<b>שלום 你好 👋🏽</b>', '<b>שלום 你好 👋🏽</b>'],
])('%j is shown as %j', (text, shown) => {
  expect(visibleText(text)).toBe(shown);
});

it('leaves nothing that a terminal acts upon', () => {
  const anything = fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 });
  fc.assert(
    fc.property(anything, (units) => {
      const shown = visibleText(String.fromCharCode(...units));
      const acting = [...shown].filter((character) => /\p{Cc}/u.test(character) && !'\n\t'.includes(character));
      expect(acting).toEqual([]);
    }),
  );
});
