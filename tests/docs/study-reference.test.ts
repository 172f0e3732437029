import { readFile } from 'node:fs/promises';
import { describe, expect, it } from '@jest/globals';
import { describeType } from '../../docs/describe-schema.ts';
import { REFERENCE, renderReference } from '../../docs/generate-study-reference.ts';

const reference = renderReference();
const rows = reference.split('\n').filter((line) => line.startsWith('| `'));

describe('the reference of the study file', () => {
  it('is what the schema says; `npm run docs` writes it anew', async () => {
    expect(await readFile(REFERENCE, 'utf8')).toBe(reference);
  });

  it('gives every key a meaning, its own or that of the key above it', () => {
    const meanings = rows.map((row) => ({
      key: row.split('|')[1]?.trim() ?? '',
      meaning: row.split('|').at(-2)?.trim(),
    }));
    const isTold = (at: number): boolean => {
      const { key, meaning } = meanings[at] ?? {};
      if (meaning || key === undefined) return meaning !== undefined;
      return isTold(meanings.findLastIndex((row, index) => index < at && row.key === above(key)));
    };
    expect(rows.filter((_, at) => !isTold(at))).toEqual([]);
  });

  it('names what a value may be', () => {
    expect(describeType({ type: 'integer', exclusiveMinimum: 0 })).toBe('whole number (from 1)');
    expect(describeType({ anyOf: [{ type: 'number', exclusiveMinimum: 0, maximum: 1 }, { const: 'off' }] })).toBe(
      'number (above 0, to 1) or `off`',
    );
    expect(describeType({ type: 'array', items: { enum: ['train', 'held-out', 'all'] } })).toBe(
      'list: `train`, `held-out` or `all`',
    );
  });
});

/** `keep.rule` stands below `keep`. */
const above = (key = ''): string => `${key.split('.').slice(0, -1).join('.')}\``;
