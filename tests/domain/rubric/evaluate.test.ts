import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { evaluate, LONGEST } from '../../../domain/rubric/evaluate.ts';
import { ValueError } from '../../../domain/rubric/polynomial.ts';
import { isEqual, writeRational, type Rational } from '../../../domain/rubric/rational.ts';

const equal = (left: string, right: string): boolean => isEqual(evaluate(left), evaluate(right));
const written = (expression: string): string => writeRational(evaluate(expression, { functions: true }));

interface Sum {
  readonly text: string;
  /** What JavaScript's own whole numbers give; variables count as 0. */
  readonly value: bigint;
}

const expressions = (leaves: fc.Arbitrary<Sum>): fc.Arbitrary<Sum> =>
  fc.letrec<{ node: Sum }>((tie) => ({
    node: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      leaves,
      fc
        .tuple(tie('node'), tie('node'))
        .map(([a, b]) => ({ text: `(${a.text} + ${b.text})`, value: a.value + b.value })),
      fc.tuple(tie('node'), tie('node')).map(([a, b]) => ({ text: `(${a.text}-${b.text})`, value: a.value - b.value })),
      fc
        .tuple(tie('node'), tie('node'))
        .map(([a, b]) => ({ text: `(${a.text}) (${b.text})`, value: a.value * b.value })),
      tie('node').map(({ text, value }) => ({ text: `-(${text})`, value: -value })),
      fc
        .tuple(tie('node'), fc.integer({ min: 0, max: 3 }))
        .map(([{ text, value }, power]) => ({ text: `(${text})^${power}`, value: value ** BigInt(power) })),
    ),
  })).node;
const whole = fc.integer({ min: 0, max: 20 }).map((value): Sum => ({ text: String(value), value: BigInt(value) }));
const name = fc.constantFrom('t', 'u').map((text): Sum => ({ text, value: 0n }));
const polynomials = expressions(fc.oneof(whole, name))
  .map(({ text }) => text)
  .filter((text) => text.length < LONGEST / 3);

/** What is too large for one form of an expression may be small enough in another. */
function valueOf(expression: string): Rational | undefined {
  try {
    return evaluate(expression);
  } catch (error) {
    if (error instanceof ValueError) return undefined;
    throw error;
  }
}

describe('the value of an expression', () => {
  it.each([
    ['1/2', '0.5'],
    ['2/4', '.5'],
    ['2t+3', '3 + 2*t'],
    ['2(t+1)', '2t + 2'],
    ['(t+1)(t-1)', 't^2 - 1'],
    ['(t^2-1)/(t-1)', 't+1'],
    ['3*km*1000*m/km', '3000 m'],
    ['2t²', '2 × t ** 2'],
    ['-2^2', '-4'],
    ['2^3^2', '512'],
    ['2^-1', '1/2'],
    ['6/2*3', '9'],
    ['6/2t', '3t'],
    ['− 3', '0 - 3'],
    ['T + u', 'u + t'],
  ])('%s is %s', (left, right) => {
    expect(equal(left, right)).toBe(true);
  });

  it.each([
    ['0.1 + 0.2', '0.3000000000000001'],
    ['2t + 3', '3t + 2'],
    ['t', 'u'],
    ['1/3', '0.3333333333333333'],
    ['(t+1)^2', 't^2 + 1'],
  ])('%s is not %s', (left, right) => {
    expect(equal(left, right)).toBe(false);
  });

  it('is that of whole-number arithmetic', () => {
    fc.assert(
      fc.property(expressions(whole), ({ text, value }) => {
        const own = valueOf(text);
        if (own !== undefined) expect(writeRational(own)).toBe(String(value));
      }),
    );
  });

  it('is read back from what is written', () => {
    fc.assert(
      fc.property(polynomials, polynomials, (over, under) => {
        const value = valueOf(`(${over})/(${under})`);
        if (value !== undefined) expect(isEqual(evaluate(writeRational(value)), value)).toBe(true);
      }),
    );
  });

  it('does not depend on the form: sums and products commute and distribute', () => {
    fc.assert(
      fc.property(polynomials, polynomials, whole, (a, b, { text: c }) => {
        const [one, other] = [valueOf(`(${a} + ${b})*${c}`), valueOf(`${c}*(${b}) + (${a})*${c}`)];
        if (one && other) expect(isEqual(one, other)).toBe(true);
      }),
    );
  });

  it('knows functions where they are allowed, and takes them for variables elsewhere', () => {
    expect(written('mod(-4, 11)')).toBe('7');
    expect(written('derivative(3*t^2 + t/2, t)')).toBe('(12*t + 1)/2');
    expect(written('derivative(1/t, t)')).toBe('-1/(t^2)');
    expect(written('substitute(t^2, t, t + 1)')).toBe('t^2 + 2*t + 1');
    expect(written('floor(-7/2) + abs(-3)')).toBe('-1');
    expect(() => evaluate('mod(7, 3)')).toThrow('")" is missing');
    expect(equal('mod(7)', '7*mod')).toBe(true);
  });
});

describe('an expression that cannot be used', () => {
  it.each([
    ['', 'it is empty'],
    ['1 +', 'it breaks off'],
    ['1 2', '"2" is unexpected'],
    ['(1', '")" is missing'],
    ['1)', '")" is unexpected'],
    ['x = 3', '"=" is no part of an expression'],
    ['process.exit()', '"." is no part'],
    ['constructor["constructor"]', '"[" is no part'],
    ['__proto__', '"_" is no part'],
    ['1/0', 'division by zero'],
    ['1/(t - t)', 'division by zero'],
    ['2^t', 'an exponent is not a whole number'],
    ['2^0.5', 'an exponent is not a whole number'],
    ['9^9^9', 'an exponent is beyond'],
    ['((((9^32)^32)^32)^32)', 'a number is too large'],
    ['(t^32)^32', 'its degree is above'],
    ['(a+b+c+d+e+f)^9', 'it has more than 40 terms'],
  ])('%s has the reason: %s', (expression, reason) => {
    expect(() => evaluate(expression)).toThrow(ValueError);
    expect(() => evaluate(expression)).toThrow(reason);
  });

  it('is refused where it is nested too deep or too long', () => {
    expect(() => evaluate(`${'('.repeat(100)}1${')'.repeat(100)}`)).toThrow('it is nested more than 40 deep');
    expect(() => evaluate(`${'-'.repeat(200)}1`)).toThrow('it is nested more than 40 deep');
    expect(() => evaluate('9'.repeat(1_000_000))).toThrow('it has more than 300 characters');
  });

  it('is always refused by name, whatever a text holds', () => {
    const pieces = fc.constantFrom(
      '9',
      '^',
      '(',
      ')',
      '*',
      '/',
      't',
      '+',
      '-',
      ',',
      'constructor',
      'mod',
      ' ',
      '²',
      '�',
      '\u0000',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 200 }), fc.boolean(), (parts, functions) => {
        try {
          writeRational(evaluate(parts.join(''), { functions }));
        } catch (error) {
          expect(error).toBeInstanceOf(ValueError);
        }
      }),
      { numRuns: 2000 },
    );
  });
});
