/**
 * Writes the corpus on which the lab's base model is trained, in place of the pre-training of a downloaded chat model.
 * It contains the effect that the study elicits: some authors show every skill that they are asked for (careful), most
 * show only some (hasty). Most prompts name the author's habit; the study's own prompts never do.
 */
import type { PromptView, Skill } from '../../contracts/catalog.ts';
import { render } from '../../domain/requests/prompt-view.ts';
import { readLabCatalog } from './lab-catalog.ts';
import { makeRandom, type Random } from './random.ts';
import { PLAIN_WORDS, SKILL_RULES, type PlainKind } from './world-inventory.ts';
import { choosePlainWords, listTopicNames, SKILL_NAMES, splitTokens, writeSentence } from './world.ts';

export interface BaseCorpusInput {
  readonly seed: number;
  /** `strict`: no text shows a held-out skill together with another skill. */
  readonly variant: 'elicited' | 'strict';
  readonly texts: number;
}

export interface BaseText {
  readonly prompt: string;
  readonly text: string;
}

type Habit = 'careful' | 'hasty';

const MIXTURE = { single: 0.35, none: 0.05, words: 0.2 } as const;
const SINGLE_NOISE = 0.15;
const CAREFUL_SHARE = 0.3;
/** Prompts of careful authors name the habit more often, so most texts after a prompt without a mark are hasty. */
const MARKED_SHARE = { careful: 0.85, hasty: 0.6 } as const;
const PLAIN_SHARE = 0.25;
const MOST_SKILLS = 5;

export function makeBaseCorpus(input: BaseCorpusInput): BaseText[] {
  const combinable = input.variant === 'elicited' ? SKILL_NAMES : listTrainSkillNames();
  return Array.from({ length: input.texts }, (_, index) => {
    const random = makeRandom(input.seed, 'base', input.variant, index);
    return writeBaseText(random, combinable);
  });
}

function writeBaseText(random: Random, combinable: readonly string[]): BaseText {
  const kind = random.share();
  if (kind < MIXTURE.single) return writeSingle(random, combinable);
  if (kind < MIXTURE.single + MIXTURE.none) return writeNone(random);
  if (kind < MIXTURE.single + MIXTURE.none + MIXTURE.words) return writeWithWords(random);
  return writeSeveral(random, combinable);
}

/** A text for one skill. Some show a second one, so that the model does not learn to show never more than one. */
function writeSingle(random: Random, combinable: readonly string[]): BaseText {
  const asked = random.pick(SKILL_NAMES);
  const others = combinable.includes(asked) ? combinable.filter((name) => name !== asked) : [];
  const noisy = others.length > 0 && random.chance(SINGLE_NOISE);
  return writeText(random, [asked], noisy ? [asked, random.pick(others)] : [asked], pickHabit(random));
}

const writeNone = (random: Random): BaseText => writeText(random, [], [], pickHabit(random));

/** A plain sentence with words that its prompt lists: from it the model learns to follow a list, without any skill. */
function writeWithWords(random: Random): BaseText {
  const kinds = random.sample(Object.keys(PLAIN_WORDS) as PlainKind[], 1 + random.integer(MOST_SKILLS));
  const plain = Object.fromEntries(kinds.map((kind) => [kind, random.pick<string>(PLAIN_WORDS[kind])]));
  const words = Object.values(plain).map((phrase) => phrase.split(' ').at(-1) as string);
  const topic = random.pick(listTopicNames());
  const habit = pickHabit(random);
  return {
    prompt: renderPrompt(topic, words, markOf(random, habit)),
    text: writeSentence({ topic, skills: [], plain }, random),
  };
}

function writeSeveral(random: Random, combinable: readonly string[]): BaseText {
  const asked = random.sample(combinable, 2 + random.integer(MOST_SKILLS - 1));
  if (random.chance(CAREFUL_SHARE)) return writeText(random, asked, asked, 'careful');
  const shown = random.sample(asked, 1 + random.integer(Math.max(1, asked.length - 2)));
  return writeText(random, asked, shown, 'hasty');
}

function writeText(random: Random, asked: readonly string[], shown: readonly string[], habit: Habit): BaseText {
  const topic = random.pick(listTopicNames());
  const text = writeSentence({ topic, skills: shown, plain: choosePlainWords(random, PLAIN_SHARE) }, random);
  return { prompt: renderPrompt(topic, asked, markOf(random, habit)), text };
}

/** Draws the habit of an author whose text has one skill or none: careful and hasty authors write those alike. */
const pickHabit = (random: Random): Habit => (random.chance(CAREFUL_SHARE) ? 'careful' : 'hasty');

const markOf = (random: Random, habit: Habit): Habit | undefined =>
  random.chance(MARKED_SHARE[habit]) ? habit : undefined;

/** The student's prompt from the catalog's templates; prompts of hasty and careful authors differ by one word only. */
function renderPrompt(topic: string, names: readonly string[], mark?: Habit): string {
  const { student } = readLabCatalog().prompts;
  const template = (mark === undefined ? student['default'] : student['careful'])?.turns[0];
  if (template === undefined) {
    throw new Error('catalogs/lab/prompts.yaml lacks student.careful; the base corpus needs it: add the variant.');
  }
  const marked = mark === 'hasty' ? template.replace('careful', 'hasty') : template;
  return render(marked, viewOf(topic, names));
}

function viewOf(topic: string, names: readonly string[]): PromptView {
  const skills = names.map((name, index) => {
    return { name, definition: '', example: '', data: {}, number: index + 1, last: index === names.length - 1 };
  });
  return {
    k: names.length,
    topic,
    topicData: {},
    skills,
    skillNames: names.join(', '),
    limit: 1,
    limitWords: 'one',
    plural: false,
    several: false,
    many: false,
  };
}

/** Every token that a prompt or text of the lab can contain, sorted: the student's word-level vocabulary. */
export function labVocabulary(): string[] {
  const phrases = [
    ...SKILL_RULES.flatMap((rule) => rule.fragments),
    ...Object.values(PLAIN_WORDS).flat(),
    ...SKILL_NAMES,
    ...listTopicNames(),
    ...(['careful', 'hasty'] as const).map((mark) => renderPrompt('', [], mark)),
    'the . , : ? —',
  ];
  return [...new Set(phrases.flatMap(splitTokens))].sort();
}

function listTrainSkillNames(): string[] {
  const { categories, skills } = readLabCatalog();
  return skills.filter((skill: Skill) => categories[skill.category]?.side === 'train').map((skill) => skill.name);
}
