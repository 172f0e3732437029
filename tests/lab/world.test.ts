import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readLabCatalog } from '../../lab/world/lab-catalog.ts';
import { makeRandom } from '../../lab/world/random.ts';
import { PLAIN_WORDS, SKILL_RULES } from '../../lab/world/world-inventory.ts';
import {
  choosePlainWords,
  findSkills,
  isAbout,
  listTopicNames,
  makesSense,
  showsSkill,
  SKILL_NAMES,
  splitSentences,
  splitTokens,
  writeSentence,
} from '../../lab/world/world.ts';

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });
const topics = fc.constantFrom(...listTopicNames());
const skillSets = fc.subarray([...SKILL_NAMES], { maxLength: SKILL_NAMES.length });

const write = (seed: number, topic: string, skills: readonly string[]): string => {
  const random = makeRandom(seed, 'test');
  return writeSentence({ topic, skills, plain: choosePlainWords(random, 0.4) }, random);
};

describe('the grammar of the lab', () => {
  it('fits any set of its 23 skills into one sentence that shows them all, is on topic and makes sense', () => {
    fc.assert(
      fc.property(seeds, topics, skillSets, (seed, topic, skills) => {
        const text = write(seed, topic, skills);
        expect(skills.filter((skill) => !showsSkill(text, skill))).toEqual([]);
        expect([isAbout(text, topic), makesSense(text), splitSentences(text).length]).toEqual([true, true, 1]);
      }),
      { numRuns: 1000 },
    );
  });

  it('shows a skill that nobody asked for in fewer than 1 of 100 texts', () => {
    const texts = Array.from({ length: 5000 }, (_, seed) => {
      const random = makeRandom(seed, 'accident');
      const skills = random.sample(SKILL_NAMES, seed % 6);
      const found = findSkills(write(seed, random.pick(listTopicNames()), skills));
      return found.some((skill) => !skills.includes(skill));
    });
    expect(texts.filter(Boolean).length).toBeLessThan(50);
  });

  it('judges a text without capitals and with blanks around marks like the same text as written', () => {
    fc.assert(
      fc.property(seeds, topics, skillSets, (seed, topic, skills) => {
        const text = write(seed, topic, skills);
        const tokens = splitTokens(text).join(' ');
        expect(findSkills(tokens)).toEqual(findSkills(text));
        expect(makesSense(tokens)).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it('loses a skill when its fragment is taken out of the text', () => {
    for (const rule of SKILL_RULES) {
      const rest = SKILL_NAMES.filter((name) => name !== rule.name);
      expect(showsSkill(write(7, 'harbour', rest), rule.name)).toBe(false);
    }
  });

  it.each([
    ['The harbour the harbour waited.', 'two subjects'],
    ['The harbour at dawn waited.', 'a time before the verb'],
    ['The harbour waited because of rain like a ghost.', 'fragments out of order'],
    ['The harbour waited like a ghost like a king.', 'one skill twice'],
    ['The harbour waited. Waited.', 'a second sentence without a subject'],
    ['Harbour waited.', 'no article'],
    ['The harbour.', 'no verb'],
    ['', 'nothing'],
  ])('holds "%s" for senseless: %s', (text) => {
    expect(makesSense(text)).toBe(false);
  });

  it('never takes a topic for another', () => {
    expect(isAbout('The harbour waited.', 'harbour')).toBe(true);
    expect(isAbout('The harbourside waited.', 'harbour')).toBe(false);
    expect(isAbout('The canal waited.', 'harbour')).toBe(false);
  });

  it('counts sentences by their end marks', () => {
    expect(splitSentences('The canal waited. The canal grew.')).toHaveLength(2);
    expect(splitSentences('The canal waited, who knows why?')).toHaveLength(1);
    expect(splitSentences('The canal waited, and yet —')).toHaveLength(1);
  });
});

describe('the catalog of the lab', () => {
  const catalog = readLabCatalog();
  const sideOf = (category: string) => catalog.categories[category]?.side;

  it('has 13 train and 10 held-out skills, 24 train and 12 held-out topics', () => {
    const count = (sides: readonly (string | undefined)[], side: string) => sides.filter((s) => s === side).length;
    const skills = catalog.skills.map((skill) => sideOf(skill.category));
    const sides = catalog.topics.map((topic) => topic.side);
    expect([count(skills, 'train'), count(skills, 'held-out')]).toEqual([13, 10]);
    expect([count(sides, 'train'), count(sides, 'held-out')]).toEqual([24, 12]);
  });

  it('names the skills that the grammar checks, each with an example that shows it', () => {
    expect(catalog.skills.map((skill) => skill.name).sort()).toEqual([...SKILL_NAMES].sort());
    for (const skill of catalog.skills) expect(findSkills(skill.example)).toEqual([skill.name]);
  });

  it('keeps inventories small: at most 4 fragments a skill and 8 words a plain place', () => {
    expect(Math.max(...SKILL_RULES.map((rule) => rule.fragments.length))).toBeLessThanOrEqual(4);
    expect(Math.max(...Object.values(PLAIN_WORDS).map((words) => words.length))).toBeLessThanOrEqual(8);
  });
});
