import { expect, it } from '@jest/globals';
import { findText } from '../../../domain/plan/find-text.ts';
import { makePlan } from '../../../domain/plan/make-plan.ts';
import { readLabCatalog } from '../../../lab/world/lab-catalog.ts';
import { smallStudy } from '../../support/small-study.ts';

const plan = makePlan(smallStudy(), readLabCatalog());
const find = (written: string) => findText(plan, 'hash', written);
const tuned = { student: 'tiny', arm: '1,2', replicate: 0, partition: 0 };

it.each([
  ['tiny/1,2/k2/train/3', { list: 0, index: 3, generation: 0 }],
  ['tiny/1,2/k2/train/3.1', { list: 0, index: 3, generation: 1 }],
  ['small/tiny/1,2/k2/train/3', { list: 0, index: 3, generation: 0 }],
  ['small/evaluate/tiny/1,2/k2/held-out/0/', { list: 1, index: 0, generation: 0 }],
])('%s is a text of a student', (written, place) => {
  expect(find(written)).toMatchObject({ kind: 'text', ref: { kind: 'evaluate', plan: 'hash', tuned, ...place } });
});

it('a training text, its list, a cell and a call are found by their names', () => {
  expect(find('compose/k1/0')).toMatchObject({ kind: 'text', ref: { kind: 'compose', list: 0, index: 0 } });
  expect(find('small/compose/k2')).toMatchObject({ kind: 'list', list: 1, path: 'compose/k2' });
  expect(find('tiny/base/k2/train')).toMatchObject({ kind: 'cell', cell: { path: 'tiny/base/k2/train' } });
  expect(find('0123abcd')).toEqual({ kind: 'call', prefix: '0123abcd' });
});

it.each([
  ['tiny/1,2/k2/train/4', /has 4 combinations/],
  ['tiny/1,2/k2/train/0.2', /has 2 answers/],
  ['tiny/1,2/k7/train/0', /no cell/],
  ['tiny/1,2/k2/trian', /no cell/],
  ['compose/k9', /no texts compose\/k9/],
  ['compose/k1/999', /has 18 combinations/],
  ['', /no cell/],
])('%j is refused, with what there is', (written, message) => {
  expect(() => find(written)).toThrow(message);
});
