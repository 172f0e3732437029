/**
 * The lab's grammar: one sentence with places for every skill, so that any set of skills fits into it.
 * Pure: writing depends on the random numbers given, checking on the text alone.
 */
import { readLabCatalog } from './lab-catalog.ts';
import type { Random } from './random.ts';
import { PLAIN_WORDS, SKILL_RULES, type PlainKind, type SkillRule, type Slot } from './world-inventory.ts';

export interface SentencePlan {
  readonly topic: string;
  readonly skills: readonly string[];
  /** Words that show no skill. Places without one stay empty, except that a sentence always gets a verb. */
  readonly plain?: Partial<Record<PlainKind, string>>;
}

const RULES_BY_NAME: ReadonlyMap<string, SkillRule> = new Map(SKILL_RULES.map((rule) => [rule.name, rule]));

export const SKILL_NAMES: readonly string[] = SKILL_RULES.map((rule) => rule.name);

export const listTopicNames = (): string[] => readLabCatalog().topics.map((topic) => topic.name);

/** Splits into lower-case words and single punctuation marks, which are the tokens of the student's vocabulary. */
export const splitTokens = (text: string): string[] =>
  text.toLowerCase().match(/[\p{L}\p{N}]+|[^\p{L}\p{N}\s]/gu) ?? [];

const joinTokens = (text: string): string => splitTokens(text).join(' ');

/** Writes one sentence that shows the skills of the plan, each by one of its fragments. */
export function writeSentence(plan: SentencePlan, random: Random): string {
  const { plain = {} } = plan;
  const show = (slot: Slot): string[] =>
    SKILL_RULES.filter((rule) => rule.slot === slot && plan.skills.includes(rule.name)).map((rule) =>
      random.pick(rule.fragments),
    );
  const openers = show('opener');
  const noun = ['the', ...show('beforeNoun'), plain.adjective ?? '', plan.topic, ...show('afterNoun')];
  const verbs = show('verb');
  const verb = verbs.length > 0 ? verbs : [plain.verb ?? random.pick(PLAIN_WORDS.verb)];
  const rest = [plain.adverb ?? '', ...show('adjunct'), plain.time ?? '', plain.place ?? ''];
  return renderSentence([...openers, ...noun, ...verb, ...rest, ...show('end')].join(' '));
}

/** Plain words for the places of a sentence, each with the given probability. */
export function choosePlainWords(random: Random, probability: number): Partial<Record<PlainKind, string>> {
  const kinds = (['adjective', 'adverb', 'time', 'place'] as const).filter(() => random.chance(probability));
  return Object.fromEntries(kinds.map((kind) => [kind, random.pick(PLAIN_WORDS[kind])]));
}

/** Joins tokens to a normal sentence: no space before marks, a capital at the beginning, one mark at the end. */
function renderSentence(tokens: string): string {
  const sentence = tokens
    .replace(/\s+/g, ' ')
    .replace(/, ,/g, ',')
    .replace(/— ,/g, '—')
    .replace(/ ([,?)])/g, '$1')
    .replace(/\( /g, '(')
    .replace(/" ([^"]*) "/g, '"$1"')
    .trim();
  const capital = sentence.replace(/[a-z]/, (letter) => letter.toUpperCase());
  return /[?—]$/.test(capital) ? capital : `${capital}.`;
}

/** Whether the text shows a skill; false for a skill that is not of the lab. */
export function showsSkill(text: string, skill: string): boolean {
  return RULES_BY_NAME.get(skill.toLowerCase())?.pattern.test(joinTokens(text)) ?? false;
}

export const findSkills = (text: string): string[] => {
  const tokens = joinTokens(text);
  return SKILL_RULES.filter((rule) => rule.pattern.test(tokens)).map((rule) => rule.name);
};

export const isAbout = (text: string, topic: string): boolean => splitTokens(text).includes(topic.toLowerCase());

/** Sentences end with one of . ? ! or with the end of the text. */
export const splitSentences = (text: string): string[] =>
  text
    .split(/(?<=[.?!])/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => splitTokens(sentence).length > 0);

let sentencePattern: RegExp | undefined;

/** Whether every sentence is one of the grammar: all places in order, each filled at most once per skill. */
export function makesSense(text: string): boolean {
  sentencePattern ??= buildSentencePattern();
  const sentences = splitSentences(text);
  return sentences.length > 0 && sentences.every((sentence) => sentencePattern?.test(stripCommas(sentence)));
}

const stripCommas = (text: string): string =>
  splitTokens(text)
    .filter((token) => token !== ',')
    .join(' ') + ' ';

function buildSentencePattern(): RegExp {
  const oneOf = (phrases: readonly string[]): string =>
    `(?:${phrases.map((phrase) => escapeForPattern(stripCommas(phrase))).join('|')})`;
  const slot = (name: Slot): string =>
    SKILL_RULES.filter((rule) => rule.slot === name)
      .map((rule) => `${oneOf(rule.fragments)}?`)
      .join('');
  const tricolon = RULES_BY_NAME.get('tricolon')?.fragments ?? [];
  const subject = `the ${slot('beforeNoun')}${oneOf(PLAIN_WORDS.adjective)}?${oneOf(listTopicNames())}${slot('afterNoun')}`;
  const predicate = `${oneOf([...tricolon, ...PLAIN_WORDS.verb])}${oneOf(PLAIN_WORDS.adverb)}?${slot('adjunct')}`;
  const close = `${oneOf(PLAIN_WORDS.time)}?${oneOf(PLAIN_WORDS.place)}?${slot('end')}`;
  return new RegExp(`^${slot('opener')}${subject}${predicate}${close}(?:\\. )?$`);
}

const escapeForPattern = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
