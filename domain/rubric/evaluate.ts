/**
 * The value of an expression in plain notation: numbers, variables, + - * / ^, brackets, and products without a sign
 * (`2t`, read from left to right like any product). Nothing is executed: an unknown word is a variable. Length, depth
 * and size of all values are bounded, so that any text ends quickly with a value or a named reason.
 */
import { ValueError } from './polynomial.ts';
import {
  add,
  derive,
  divide,
  fractionOf,
  fromNumber,
  fromVariable,
  multiply,
  negate,
  raise,
  substitute,
  wholeOf,
  writeRational,
  type Rational,
} from './rational.ts';

export interface Scope {
  /** Values of names; every other name is a variable. */
  readonly names?: ReadonlyMap<string, Rational>;
  /** Whether `mod`, `derivative` and the others are known: in a catalog they are, in a text they are not. */
  readonly functions?: boolean;
}

export const LONGEST = 300;
const DEEPEST = 40;

const SIGNS: Readonly<Record<string, string>> = {
  ...{ '×': '*', '·': '*', '⋅': '*', '÷': '/', '−': '-', '–': '-', '²': '^2', '³': '^3' },
};

const TOKEN = /\s*(?:(\d+(?:\.\d+)?|\.\d+)|([a-z]+)|([-+*/^(),]))\s*/y;

interface Token {
  readonly kind: 'number' | 'name' | 'sign';
  readonly text: string;
}

/** Throws `ValueError`. */
export function evaluate(expression: string, scope: Scope = {}): Rational {
  const reader = new Reader(tokensOf(expression), scope);
  const value = reader.readSum();
  reader.end();
  return value;
}

function tokensOf(expression: string): Token[] {
  if (expression.length > LONGEST) throw new ValueError(`it has more than ${LONGEST} characters`);
  if (expression.trim() === '') throw new ValueError('it is empty');
  const plain = expression
    .toLowerCase()
    .replace(/[×·⋅÷−–²³]/g, (sign) => SIGNS[sign] ?? sign)
    .replaceAll('**', '^');
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < plain.length) {
    const from = TOKEN.lastIndex;
    const match = TOKEN.exec(plain);
    if (!match) throw new ValueError(`"${[...plain.slice(from).trim()][0] ?? ''}" is no part of an expression`);
    const [, number, name, sign] = match;
    tokens.push({ kind: number ? 'number' : name ? 'name' : 'sign', text: number ?? name ?? sign ?? '' });
  }
  return tokens;
}

class Reader {
  private place = 0;
  private depth = 0;

  private readonly tokens: readonly Token[];
  private readonly scope: Scope;

  constructor(tokens: readonly Token[], scope: Scope) {
    this.tokens = tokens;
    this.scope = scope;
  }

  end(): void {
    const rest = this.tokens[this.place];
    if (rest) throw new ValueError(`"${rest.text}" is unexpected`);
  }

  readSum(): Rational {
    let value = this.readProduct();
    for (;;) {
      if (this.takes('+')) value = add(value, this.readProduct());
      else if (this.takes('-')) value = add(value, negate(this.readProduct()));
      else return value;
    }
  }

  private readProduct(): Rational {
    let value = this.readSigned();
    for (;;) {
      if (this.takes('*')) value = multiply(value, this.readSigned());
      else if (this.takes('/')) value = divide(value, this.readSigned());
      else if (this.beginsFactor()) value = multiply(value, this.readPower());
      else return value;
    }
  }

  /** Two numbers side by side are a slip, not a product. */
  private beginsFactor(): boolean {
    const next = this.tokens[this.place];
    return next?.kind === 'name' || (next?.kind === 'sign' && next.text === '(');
  }

  private readSigned(): Rational {
    return this.deeper(() => {
      if (this.takes('-')) return negate(this.readSigned());
      return this.takes('+') ? this.readSigned() : this.readPower();
    });
  }

  private readPower(): Rational {
    const base = this.readAtom();
    return this.takes('^') ? raise(base, this.readSigned()) : base;
  }

  private readAtom(): Rational {
    const token = this.tokens[this.place];
    this.place += 1;
    if (token?.kind === 'number') return readNumber(token.text);
    if (token?.kind === 'name') return this.readName(token.text);
    if (token?.text !== '(') throw new ValueError(token ? `"${token.text}" is unexpected` : 'it breaks off');
    const value = this.deeper(() => this.readSum());
    this.require(')');
    return value;
  }

  private readName(name: string): Rational {
    const known = FUNCTIONS[name];
    if (!this.scope.functions || !known || !this.takes('(')) return this.scope.names?.get(name) ?? fromVariable(name);
    const given = [this.deeper(() => this.readSum())];
    while (this.takes(',')) given.push(this.deeper(() => this.readSum()));
    this.require(')');
    if (given.length !== known.takes) throw new ValueError(`${name} takes ${known.takes} values, not ${given.length}`);
    return known.of(given as [Rational, Rational, Rational]);
  }

  private takes(sign: string): boolean {
    const next = this.tokens[this.place];
    if (next?.kind !== 'sign' || next.text !== sign) return false;
    this.place += 1;
    return true;
  }

  private require(sign: string): void {
    if (!this.takes(sign)) throw new ValueError(`"${sign}" is missing`);
  }

  private deeper(read: () => Rational): Rational {
    this.depth += 1;
    if (this.depth > DEEPEST) throw new ValueError(`it is nested more than ${DEEPEST} deep`);
    const value = read();
    this.depth -= 1;
    return value;
  }
}

/** Decimals are exact: 0.5 is one half. */
function readNumber(text: string): Rational {
  const [whole = '', decimals = ''] = text.split('.');
  return fromNumber(BigInt(`${whole}${decimals}`), 10n ** BigInt(decimals.length));
}

function nameOf(value: Rational): string {
  const name = /^[a-z]+$/.exec(writeRational(value))?.[0];
  if (name === undefined) throw new ValueError('the second value must be the name of a variable');
  return name;
}

function fractionIn(name: string, value: Rational): readonly [bigint, bigint] {
  const fraction = fractionOf(value);
  if (!fraction) throw new ValueError(`${name} needs a number`);
  return fraction;
}

const floorOf = (over: bigint, under: bigint): bigint => over / under - (over % under < 0n ? 1n : 0n);

type Three = readonly [Rational, Rational, Rational];

const FUNCTIONS: Readonly<Record<string, { readonly takes: number; readonly of: (given: Three) => Rational }>> =
  Object.assign(Object.create(null) as object, {
    abs: {
      takes: 1,
      of: ([value]: Three) => (fractionIn('abs', value)[0] < 0n ? negate(value) : value),
    },
    floor: { takes: 1, of: ([value]: Three) => fromNumber(floorOf(...fractionIn('floor', value))) },
    mod: {
      takes: 2,
      of: ([value, modulus]: Three) => {
        const [own, by] = [wholeOf(value), wholeOf(modulus)];
        if (own === undefined || by === undefined || by <= 0n)
          throw new ValueError('mod needs a whole number and a positive one');
        return fromNumber(((own % by) + by) % by);
      },
    },
    derivative: { takes: 2, of: ([value, by]: Three) => derive(value, nameOf(by)) },
    substitute: { takes: 3, of: ([value, name, by]: Three) => substitute(value, nameOf(name), by) },
  });
