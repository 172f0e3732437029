/** Polynomials with whole coefficients in any number of variables: exact, and bounded in every direction. */

/** What an expression is refused for; `message` is the reason. */
export class ValueError extends Error {}

/** By monomial; a monomial is its variables in order, each with its exponent: `t^2*u^1`, or '' for a number. */
export type Polynomial = ReadonlyMap<string, bigint>;

/** Beyond these no expression of a study lies, and no computation is slow. */
export const LARGEST = { terms: 40, degree: 32, bits: 1024 } as const;

const LARGEST_NUMBER = 1n << BigInt(LARGEST.bits);

export const ZERO: Polynomial = new Map();
export const ONE: Polynomial = new Map([['', 1n]]);

export const constant = (value: bigint): Polynomial => bounded(new Map([['', value]]));
export const variable = (name: string): Polynomial => new Map([[`${name}^1`, 1n]]);

/** Drops what is 0 and refuses what is too large. */
function bounded(terms: Map<string, bigint>): Polynomial {
  for (const [monomial, value] of terms) {
    if (value === 0n) terms.delete(monomial);
    else if (value >= LARGEST_NUMBER || value <= -LARGEST_NUMBER) throw new ValueError('a number is too large');
  }
  if (terms.size > LARGEST.terms) throw new ValueError(`it has more than ${LARGEST.terms} terms`);
  return terms;
}

export function add(left: Polynomial, right: Polynomial): Polynomial {
  const sum = new Map(left);
  for (const [monomial, value] of right) sum.set(monomial, (sum.get(monomial) ?? 0n) + value);
  return bounded(sum);
}

export const scale = (polynomial: Polynomial, by: bigint): Polynomial =>
  bounded(new Map([...polynomial].map(([monomial, value]) => [monomial, value * by])));

export function multiply(left: Polynomial, right: Polynomial): Polynomial {
  const product = new Map<string, bigint>();
  for (const [ours, value] of left)
    for (const [theirs, by] of right) {
      const monomial = joinMonomials(ours, theirs);
      product.set(monomial, (product.get(monomial) ?? 0n) + value * by);
    }
  return bounded(product);
}

export const exponentsOf = (monomial: string): Map<string, number> =>
  new Map(
    monomial === ''
      ? []
      : monomial.split('*').map((part) => {
          const [name = '', exponent] = part.split('^');
          return [name, Number(exponent)] as const;
        }),
  );

export function monomialOf(exponents: ReadonlyMap<string, number>): string {
  const parts = [...exponents].filter(([, exponent]) => exponent > 0);
  const degree = parts.reduce((sum, [, exponent]) => sum + exponent, 0);
  if (degree > LARGEST.degree) throw new ValueError(`its degree is above ${LARGEST.degree}`);
  return parts
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, exponent]) => `${name}^${exponent}`)
    .join('*');
}

function joinMonomials(left: string, right: string): string {
  if (left === '' || right === '') return left || right;
  const exponents = exponentsOf(left);
  for (const [name, exponent] of exponentsOf(right)) exponents.set(name, (exponents.get(name) ?? 0) + exponent);
  return monomialOf(exponents);
}

/** The number that a polynomial without variables is; undefined for any other. */
export const numberOf = (polynomial: Polynomial): bigint | undefined => {
  if (polynomial.size === 0) return 0n;
  return polynomial.size === 1 ? polynomial.get('') : undefined;
};

export const isSame = (left: Polynomial, right: Polynomial): boolean =>
  left.size === right.size && [...left].every(([monomial, value]) => right.get(monomial) === value);

export function differentiate(polynomial: Polynomial, by: string): Polynomial {
  const terms = new Map<string, bigint>();
  for (const [monomial, value] of polynomial) {
    const exponents = exponentsOf(monomial);
    const exponent = exponents.get(by) ?? 0;
    if (exponent === 0) continue;
    terms.set(monomialOf(exponents.set(by, exponent - 1)), value * BigInt(exponent));
  }
  return bounded(terms);
}

/** Terms as a reader expects them: high degrees first, then by name. */
export const sortedTerms = (polynomial: Polynomial): [string, bigint][] => {
  const degree = (monomial: string): number => [...exponentsOf(monomial).values()].reduce((sum, one) => sum + one, 0);
  return [...polynomial].sort(([a], [b]) => degree(b) - degree(a) || (a < b ? -1 : 1));
};
