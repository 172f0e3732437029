/** Quotients of polynomials: the values that expressions have. Equality is exact, whatever form they are written in. */
import {
  add as addPolynomials,
  constant,
  differentiate,
  exponentsOf,
  isSame,
  LARGEST,
  monomialOf,
  multiply as multiplyPolynomials,
  numberOf,
  ONE,
  scale,
  sortedTerms,
  ValueError,
  variable,
  ZERO,
  type Polynomial,
} from './polynomial.ts';

export interface Rational {
  readonly over: Polynomial;
  readonly under: Polynomial;
}

const quotient = (over: Polynomial, under: Polynomial): Rational => {
  if (under.size === 0) throw new ValueError('division by zero');
  return over.size === 0 ? { over: ZERO, under: ONE } : withoutCommonFactor(over, under);
};

/** Takes out the numbers and powers of variables that all terms share: values stay small and read well. */
function withoutCommonFactor(over: Polynomial, under: Polynomial): Rational {
  const all = [...over, ...under];
  const divisor = all.map(([, value]) => value).reduce(greatestCommon);
  const sign = (sortedTerms(under)[0]?.[1] ?? 1n) < 0n ? -1n : 1n;
  const shared = all
    .map(([monomial]) => exponentsOf(monomial))
    .reduce((least, one) => new Map([...least].map(([name, power]) => [name, Math.min(power, one.get(name) ?? 0)])));
  const reduce = (polynomial: Polynomial): Polynomial =>
    new Map(
      [...polynomial].map(([monomial, value]) => {
        const left = [...exponentsOf(monomial)].map(
          ([name, power]) => [name, power - (shared.get(name) ?? 0)] as const,
        );
        return [monomialOf(new Map(left)), value / (divisor * sign)];
      }),
    );
  return { over: reduce(over), under: reduce(under) };
}

function greatestCommon(left: bigint, right: bigint): bigint {
  let [a, b] = [left < 0n ? -left : left, right < 0n ? -right : right];
  while (b > 0n) [a, b] = [b, a % b];
  return a;
}

export const fromNumber = (over: bigint, under = 1n): Rational => quotient(constant(over), constant(under));
export const fromVariable = (name: string): Rational => ({ over: variable(name), under: ONE });

export const add = (left: Rational, right: Rational): Rational =>
  quotient(
    addPolynomials(multiplyPolynomials(left.over, right.under), multiplyPolynomials(right.over, left.under)),
    multiplyPolynomials(left.under, right.under),
  );

export const negate = ({ over, under }: Rational): Rational => ({ over: scale(over, -1n), under });

export const multiply = (left: Rational, right: Rational): Rational =>
  quotient(multiplyPolynomials(left.over, right.over), multiplyPolynomials(left.under, right.under));

export const divide = (left: Rational, right: Rational): Rational =>
  quotient(multiplyPolynomials(left.over, right.under), multiplyPolynomials(left.under, right.over));

export function raise(base: Rational, exponent: Rational): Rational {
  const power = wholeOf(exponent);
  if (power === undefined) throw new ValueError('an exponent is not a whole number');
  if (power > BigInt(LARGEST.degree) || power < -BigInt(LARGEST.degree))
    throw new ValueError(`an exponent is beyond ${LARGEST.degree}`);
  let result = fromNumber(1n);
  for (let left = power < 0n ? -power : power; left > 0n; left -= 1n) result = multiply(result, base);
  return power < 0n ? divide(fromNumber(1n), result) : result;
}

export const isEqual = (left: Rational, right: Rational): boolean =>
  isSame(multiplyPolynomials(left.over, right.under), multiplyPolynomials(right.over, left.under));

/** Over and under of a value without variables; undefined for any other. */
export function fractionOf({ over, under }: Rational): readonly [bigint, bigint] | undefined {
  const [top, bottom] = [numberOf(over), numberOf(under)];
  return top === undefined || bottom === undefined ? undefined : [top, bottom];
}

export function wholeOf(value: Rational): bigint | undefined {
  const [top, bottom] = fractionOf(value) ?? [];
  return bottom === 1n ? top : undefined;
}

/** By the rule of quotients. */
export const derive = ({ over, under }: Rational, by: string): Rational =>
  quotient(
    addPolynomials(
      multiplyPolynomials(differentiate(over, by), under),
      scale(multiplyPolynomials(over, differentiate(under, by)), -1n),
    ),
    multiplyPolynomials(under, under),
  );

/** The value with another one in place of a variable. */
export function substitute({ over, under }: Rational, name: string, by: Rational): Rational {
  const inside = (polynomial: Polynomial): Rational =>
    [...polynomial].reduce((sum, [monomial, value]) => {
      const powers = [...exponentsOf(monomial)].map(([own, power]) =>
        raise(own === name ? by : fromVariable(own), fromNumber(BigInt(power))),
      );
      return add(sum, powers.reduce(multiply, fromNumber(value)));
    }, fromNumber(0n));
  return divide(inside(over), inside(under));
}

function writePolynomial(polynomial: Polynomial): string {
  if (polynomial.size === 0) return '0';
  const terms = sortedTerms(polynomial).map(([monomial, value]) => {
    const size = value < 0n ? -value : value;
    const name = monomial.replaceAll('^1*', '*').replace(/\^1$/, '');
    const factor = name === '' ? `${size}` : size === 1n ? name : `${size}*${name}`;
    return { sign: value < 0n ? '-' : '+', factor };
  });
  return terms.map(({ sign, factor }, index) => (index > 0 ? ` ${sign} ` : sign === '-' ? '-' : '') + factor).join('');
}

/** Reads back as the same value. */
export function writeRational({ over, under }: Rational): string {
  const [top, bottom] = [writePolynomial(over), writePolynomial(under)];
  if (bottom === '1') return top;
  const guard = (written: string): string => (/^-?\w+$/.test(written) ? written : `(${written})`);
  return `${guard(top)}/${guard(bottom)}`;
}
