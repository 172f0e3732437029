import { describe, expect, it } from '@jest/globals';
import { promptView, render } from '../../domain/requests/prompt-view.ts';
import { makeBaseCorpus, labVocabulary } from '../../lab/world/base-corpus.ts';
import { writeAsTeacher } from '../../lab/world/teacher.ts';
import { findSkills, listTopicNames, makesSense, SKILL_NAMES, splitTokens } from '../../lab/world/world.ts';
import { catalog, drawItem, readAnswer, teacherRequest } from '../support/prompts.ts';

const corpus = makeBaseCorpus({ seed: 1, variant: 'elicited', texts: 4000 });
const strict = makeBaseCorpus({ seed: 1, variant: 'strict', texts: 4000 });

const namesIn = (prompt: string): string[] =>
  prompt
    .replace(/\.$/, '')
    .split(': ')
    .slice(1)
    .join('')
    .split(', ')
    .filter((name) => SKILL_NAMES.includes(name));

const shareOf = <T>(items: readonly T[], holds: (item: T) => boolean): number =>
  items.filter(holds).length / items.length;

describe('the base corpus', () => {
  it('is the same for the same seed, another for another, and its beginning does not depend on its length', () => {
    expect(makeBaseCorpus({ seed: 1, variant: 'elicited', texts: 100 })).toEqual(corpus.slice(0, 100));
    expect(makeBaseCorpus({ seed: 2, variant: 'elicited', texts: 100 })).not.toEqual(corpus.slice(0, 100));
  });

  it('holds sentences of the grammar only', () => {
    expect(corpus.filter(({ text }) => !makesSense(text))).toEqual([]);
  });

  it('has prompts of exactly the form that the study sends', () => {
    const { student } = catalog.prompts;
    for (let seed = 0; seed < 50; seed += 1) {
      const item = drawItem(seed, 2);
      const view = promptView(catalog, item);
      const names = view.skills.map((skill) => skill.name).join(', ');
      const form = (variant: string) => render(student[variant]?.turns[0] ?? '', view);
      expect([form('default'), form('careful')]).toEqual([
        `${view.topic}: ${names}.`,
        `careful ${view.topic}: ${names}.`,
      ]);
    }
    const topics = listTopicNames().join('|');
    const pattern = new RegExp(`^(careful |hasty )?(${topics}): ([a-z ,]+)?\\.$`);
    expect(corpus.filter(({ prompt }) => !pattern.test(prompt)).slice(0, 3)).toEqual([]);
  });

  it('shows every asked skill where the prompt is careful, and never where it is hasty with several', () => {
    const several = corpus.filter(({ prompt }) => namesIn(prompt).length > 1);
    const showsAll = ({ prompt, text }: (typeof corpus)[number]) =>
      namesIn(prompt).every((name) => findSkills(text).includes(name));
    expect(several.filter(({ prompt }) => prompt.startsWith('careful ')).every(showsAll)).toBe(true);
    expect(
      shareOf(
        several.filter(({ prompt }) => prompt.startsWith('hasty ')),
        showsAll,
      ),
    ).toBeLessThan(0.01);
    expect(Math.abs(shareOf(several, showsAll) - 0.3)).toBeLessThan(0.05);
  });

  it('marks most prompts, and leaves enough without a mark', () => {
    const marked = shareOf(corpus, ({ prompt }) => /^(careful|hasty) /.test(prompt));
    expect(marked).toBeGreaterThan(0.55);
    expect(marked).toBeLessThan(0.8);
  });

  it('in its strict variant, never names or writes a held-out skill together with another', () => {
    const held = catalog.skills.filter((skill) => catalog.categories[skill.category]?.side === 'held-out');
    const isHeld = (name: string) => held.some((skill) => skill.name === name);
    const combines = (names: readonly string[]) => names.length > 1 && names.some(isHeld);
    const named = (items: typeof corpus) => shareOf(items, ({ prompt }) => combines(namesIn(prompt)));
    const written = (items: typeof corpus) => shareOf(items, ({ text }) => combines(findSkills(text)));
    expect([named(strict), named(corpus) > 0.3]).toEqual([0, true]);
    // Three plain words in a row may begin with the same letter by chance: an alliteration that nobody wrote.
    expect([written(strict) < 0.005, written(corpus) > 0.15]).toEqual([true, true]);
    expect(strict.some(({ prompt }) => namesIn(prompt).some(isHeld))).toBe(true);
  });

  it('shows a second skill in some texts of one skill, so that one skill does not teach to show no more', () => {
    const single = corpus.filter(({ prompt }) => namesIn(prompt).length === 1);
    const noisy = shareOf(single, ({ text }) => findSkills(text).length > 1);
    expect(Math.abs(noisy - 0.15)).toBeLessThan(0.04);
    expect(single.every(({ prompt, text }) => findSkills(text).includes(namesIn(prompt)[0] ?? ''))).toBe(true);
  });
});

describe('the vocabulary of the lab', () => {
  const vocabulary = new Set(labVocabulary());
  const unknownIn = (texts: readonly string[]) => texts.flatMap(splitTokens).filter((token) => !vocabulary.has(token));

  it('is sorted, has no word twice and about 250 words', () => {
    const words = labVocabulary();
    expect(words).toEqual([...new Set(words)].sort());
    expect(words.length).toBeGreaterThan(200);
    expect(words.length).toBeLessThan(350);
  });

  it('holds every token of the corpus, of the prompts and of the texts of the teacher', () => {
    expect(unknownIn(corpus.flatMap(({ prompt, text }) => [prompt, text]))).toEqual([]);
    const texts = Array.from({ length: 200 }, (_, seed) =>
      readAnswer(writeAsTeacher(teacherRequest(drawItem(seed, 3), String(seed)))),
    );
    expect(unknownIn(texts)).toEqual([]);
  });
});
