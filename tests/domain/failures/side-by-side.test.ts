import { expect, it } from '@jest/globals';
import { pickSideBySide } from '../../../domain/failures/side-by-side.ts';
import { renderTexts } from '../../../domain/report/sections/texts-section.ts';
import { cell, graded, measuredPlan, written } from '../../support/measured-plan.ts';

const arms = [
  { id: 'base', untrained: true as const },
  { id: '1,2', take: { 1: 'all' as const } },
];
const plan = measuredPlan({ arms });
const full = (text: string) => written([graded(1, 1, 1, 1, 1)], text);
const part = (text: string) => written([graded(1, 0, 1, 1, 1)], text);
const cells = [
  cell([[part('same by base')], [part('worse by base')], [{ end: 'refused' }]]),
  cell([[part('same by arm')], [full('better by arm')], [full('an answer')]], { arm: '1,2' }),
  cell([[full('x')], [full('y')], [full('z')]], { grader: 'mild' }),
];

it('takes combinations on which arms differ first, and shows every arm on them', () => {
  const picked = pickSideBySide(cells, plan, 2);
  expect(picked).toHaveLength(2);
  for (const { texts } of picked) {
    expect(texts.map(({ arm }) => arm)).toEqual(['base', '1,2']);
    expect(texts.map(({ fullMarks }) => fullMarks)).toEqual([false, true]);
  }
  expect(pickSideBySide(cells, plan, 9)).toHaveLength(3);
});

it('says what a text lacks, and of a reply without a text how it ended', () => {
  const all = pickSideBySide(cells, plan, 9).flatMap(({ texts }) => texts);
  const worse = all.find(({ text }) => text === 'worse by base');
  expect(worse).toMatchObject({ points: 4, of: 5, end: 'generated', place: '1.0' });
  expect(worse?.lacks).toHaveLength(1);
  expect(all.find(({ end }) => end === 'refused')).toMatchObject({ text: null, fullMarks: false });
});

it('is the same each time', () => {
  expect(pickSideBySide(cells, plan)).toEqual(pickSideBySide(cells, plan));
});

it('shows texts as text', async () => {
  const evil = '<script>alert(1)</script> \u202e\u001b[2J & "q"';
  const html = String(await renderTexts(pickSideBySide([cell([[full(evil)]])], plan), plan));
  expect(html).not.toContain('<script>');
  expect(html).toContain('&lt;script&gt;');
  expect(html).toContain('\\u{202E}');
  expect(html).not.toContain('\u001b');
});

it('of a megabyte shows the beginning', async () => {
  const html = String(await renderTexts(pickSideBySide([cell([[full('x'.repeat(1_000_000))]])], plan), plan));
  expect(html.length).toBeLessThan(10_000);
});
