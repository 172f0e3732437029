/**
 * Writes the corpus on which a base model is trained for a catalog whose rubric checks a derivation: solved operations of
 * all its skills, under its student prompt. Most texts that are asked for several operations stop before the last one,
 * since working through all of them is what the study's fine-tuning should teach.
 */
import type { Catalog } from '../../contracts/catalog.ts';
import { promptView, render } from '../../domain/requests/prompt-view.ts';
import type { BaseCorpusInput, BaseText } from './base-corpus.ts';
import { solve } from './calculator.ts';
import { makeRandom, type Random } from './random.ts';
import { splitTokens } from './world.ts';

const SINGLE = 0.5;
const CAREFUL_SHARE = 0.3;
const MOST_SKILLS = 4;

/** With variant `strict` no text combines a held-out skill with another skill. */
export function makeDerivationCorpus({ seed, variant, texts }: BaseCorpusInput, catalog: Catalog): BaseText[] {
  const all = catalog.skills.map(({ id }) => id);
  const isTrain = (category: string): boolean => catalog.categories[category]?.side === 'train';
  const train = catalog.skills.filter(({ category }) => isTrain(category)).map(({ id }) => id);
  const combinable = variant === 'strict' ? train : all;
  return Array.from({ length: texts }, (_, index) => {
    const random = makeRandom(seed, 'derivations', variant, index);
    return random.chance(SINGLE)
      ? writeText(catalog, [random.pick(all)], 1, random)
      : writeSeveral(catalog, combinable, random);
  });
}

/** Every token of a corpus, sorted. A base corpus contains every word that prompts and correct texts can have. */
export const vocabularyOf = (corpus: readonly BaseText[]): string[] =>
  [...new Set(corpus.flatMap(({ prompt, text }) => splitTokens(`${prompt} ${text}`)))].sort();

function writeSeveral(catalog: Catalog, combinable: readonly string[], random: Random): BaseText {
  const asked = random.sample(combinable, 2 + random.integer(Math.min(MOST_SKILLS, combinable.length) - 1));
  const shown = random.chance(CAREFUL_SHARE) ? asked.length : 1 + random.integer(asked.length - 1);
  return writeText(catalog, asked, shown, random);
}

/** A text whose prompt asks for all `skills`, and which works out only the first `shown` of them. */
function writeText(catalog: Catalog, skills: readonly string[], shown: number, random: Random): BaseText {
  const { rubric, prompts, topics } = catalog;
  const view = promptView(catalog, { skills, topic: random.pick(topics).id });
  const { start = 'start', apply = 'apply' } = rubric.derivation ?? {};
  const operations = view.skills.slice(0, shown).map(({ name, data }) => ({ name, apply: data[apply] ?? '' }));
  return {
    prompt: render(prompts.student['default']?.turns[0] ?? '', view),
    text: solve(view.topicData[start] ?? '', operations),
  };
}
