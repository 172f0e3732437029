import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { distance } from 'fastest-levenshtein';
import { parse } from 'yaml';
import { planStudy } from '../../client/study-file/read-study.ts';
import { catalogSchema, type Catalog, type PromptView, type Side } from '../../contracts/catalog.ts';
import { estimatePlan, exampleLengths } from '../../domain/plan/estimate.ts';
import { promptView, render } from '../../domain/requests/prompt-view.ts';
import { readGrading } from '../../domain/requests/read-grading.ts';
import { countSentences } from '../../domain/scoring/sentences.ts';

const HELD_OUT_COUNTS = {
  reasoning: 10,
  logic: 10,
  'theory-of-mind': 8,
  pragmatics: 8,
  'common-sense': 6,
  'physical-knowledge': 6,
};

const PUBLISHED_SKILLS = [
  ['accident (fallacy)', 'rhetorical'],
  ['complex question', 'rhetorical'],
  ['red herring', 'rhetorical'],
  ['metaphor', 'literary'],
  ['self-serving bias', 'reasoning'],
  ['spatial reasoning', 'logic'],
  ['modus ponens', 'logic'],
  ['statistical syllogism', 'logic'],
  ['emotional self-regulation', 'theory-of-mind'],
  ['folk physics', 'physical-knowledge'],
];

const PUBLISHED_TOPICS = [
  'Sewing',
  'Dueling',
  'The Ottoman Empire',
  'Urbanism',
  'Beekeeping',
  'Survivalism',
  'Guerilla warfare',
  'Triathlons',
  'Gardening',
  'Knots',
];

function readYaml(name: string): unknown {
  return parse(readFileSync(new URL(`../../catalogs/skillmix-2/${name}.yaml`, import.meta.url), 'utf8'));
}

const catalog: Catalog = catalogSchema.parse({
  ...(readYaml('catalog') as object),
  skills: readYaml('skills'),
  topics: readYaml('topics'),
  prompts: readYaml('prompts'),
});

const skillById = new Map(catalog.skills.map((skill) => [skill.id, skill]));
const categoryOf = (id: string): string => skillById.get(id)?.category ?? `no skill ${id}`;
const sideOf = (id: string): Side | undefined => catalog.categories[categoryOf(id)]?.side;
const skillsOn = (side: Side) => catalog.skills.filter((skill) => sideOf(skill.id) === side);
const topicsOn = (side: Side) => catalog.topics.filter((topic) => topic.side === side);

/** The part of a name that a text must not contain: lower case, before any parenthesis. */
const bareName = (name: string): string => (name.split('(')[0] ?? '').trim().toLowerCase();

/** 1 for equal texts, near 0 for unrelated ones. */
const likeness = (a: string, b: string): number => 1 - distance(a, b) / Math.max(a.length, b.length);

function pairs<T>(items: readonly T[]): [T, T][] {
  return items.flatMap((first, index) => items.slice(index + 1).map((second): [T, T] => [first, second]));
}

function duplicates(values: readonly string[]): string[] {
  return values.filter((value, index) => values.indexOf(value) !== index);
}

const TEXT = 'A text that "keeps" its <marks> & quotes.';

/** The view of k skills, every eighth of a side, and its first topic. */
function viewOf(k: number, side: Side): PromptView {
  const skills = skillsOn(side)
    .filter((_, index) => index % 8 === 0)
    .slice(0, k)
    .map((skill) => skill.id);
  const topic = topicsOn(side)[0]?.id ?? '';
  return promptView(catalog, { skills, topic }, TEXT);
}

const writers = [...Object.values(catalog.prompts.teacher), ...Object.values(catalog.prompts.student)];
const graders = Object.values(catalog.prompts.grader);
const ks = [1, 2, 3, 4, 5, 6];

describe('the skills of the skillmix catalog', () => {
  it('are 53 in the train categories and 48 in the held-out ones', () => {
    expect(skillsOn('train')).toHaveLength(53);
    expect(skillsOn('held-out')).toHaveLength(48);
    expect(new Set(skillsOn('train').map((skill) => skill.category))).toEqual(new Set(['rhetorical', 'literary']));
  });

  it('fill each held-out category with its count', () => {
    const counts: Record<string, number> = {};
    for (const skill of skillsOn('held-out')) counts[skill.category] = (counts[skill.category] ?? 0) + 1;
    expect(counts).toEqual(HELD_OUT_COUNTS);
  });

  it('have ids, names, definitions and examples of their own', () => {
    for (const field of ['id', 'name', 'definition', 'example'] as const) {
      expect(duplicates(catalog.skills.map((skill) => skill[field].toLowerCase()))).toEqual([]);
    }
    expect(duplicates(catalog.skills.map((skill) => bareName(skill.name)))).toEqual([]);
  });

  it.each(PUBLISHED_SKILLS)('include the published skill %s under %s', (name, category) => {
    expect(catalog.skills).toContainEqual(expect.objectContaining({ name, category }));
  });

  it('are each shown by an example that keeps the limit of one sentence and does not name the skill', () => {
    const naming = catalog.skills.filter((skill) => skill.example.toLowerCase().includes(bareName(skill.name)));
    expect(naming.map((skill) => skill.id)).toEqual([]);
    const long = catalog.skills.filter((skill) => countSentences(skill.example) > 1);
    expect(long.map((skill) => skill.id)).toEqual([]);
  });

  it('are each defined in one sentence that is no near-copy of another', () => {
    expect(catalog.skills.filter((skill) => countSentences(skill.definition) > 1).map((skill) => skill.id)).toEqual([]);
    const copies = pairs(catalog.skills).filter(([a, b]) => likeness(a.definition, b.definition) > 0.5);
    expect(copies.map(([a, b]) => `${a.id} ~ ${b.id}`)).toEqual([]);
  });

  it('are defined by what is there, not by its violation, and written with straight quotes', () => {
    expect(catalog.skills.filter(({ definition }) => /, or acts as if/.test(definition)).map(({ id }) => id)).toEqual(
      [],
    );
    const curly = catalog.skills.filter(({ definition, example }) => /[“”‘’]/.test(definition + example));
    expect(curly.map(({ id }) => id)).toEqual([]);
  });

  it('each say where to look them up', () => {
    expect(catalog.skills.filter((skill) => !skill.reference).map((skill) => skill.id)).toEqual([]);
  });

  it('are marked as common at most 17 times, and leave enough uncommon ones on both sides for k = 5', () => {
    expect(catalog.skills.filter((skill) => skill.common).length).toBeLessThanOrEqual(17);
    expect(skillsOn('train').filter((skill) => !skill.common).length).toBeGreaterThan(40);
    expect(skillsOn('held-out').filter((skill) => !skill.common).length).toBeGreaterThan(40);
  });
});

describe('the near-synonyms of the skillmix catalog', () => {
  it('pair a train skill with a held-out one, each pair once', () => {
    expect(catalog.nearSynonyms.length).toBeGreaterThanOrEqual(8);
    for (const { skills } of catalog.nearSynonyms) expect(skills.map(sideOf)).toEqual(['train', 'held-out']);
    expect(duplicates(catalog.nearSynonyms.map(({ skills }) => skills.join(' ')))).toEqual([]);
  });
});

const LISTED = [
  ['unreliable-narrator', 'self-serving-bias'],
  ['aposiopesis', 'conversational-implicature'],
  ['apostrophe', 'phatic-communication'],
  ['procatalepsis', 'second-order-belief-attribution'],
  ['false-dilemma', 'proof-by-cases'],
];

describe('the list of near-synonyms', () => {
  it.each(LISTED)('has %s and %s, and says how they differ', (train, heldOut) => {
    const pair = catalog.nearSynonyms.find(({ skills }) => skills.join() === `${train},${heldOut}`);
    expect(pair?.note).toMatch(/^Both .+; .+/s);
  });
});

describe('the topics of the skillmix catalog', () => {
  it('are 50 a side, with ids and names of their own', () => {
    expect(topicsOn('train')).toHaveLength(50);
    expect(topicsOn('held-out')).toHaveLength(50);
    expect(duplicates(catalog.topics.map((topic) => topic.id))).toEqual([]);
    expect(duplicates(catalog.topics.map((topic) => topic.name.toLowerCase()))).toEqual([]);
  });

  it('include the ten published ones', () => {
    expect(catalog.topics.map((topic) => topic.name)).toEqual(expect.arrayContaining(PUBLISHED_TOPICS));
  });

  it('share no word across the split', () => {
    const words = (side: Side) => topicsOn(side).flatMap((topic) => topic.name.toLowerCase().match(/[a-z]{4,}/g) ?? []);
    const heldOut = new Set(words('held-out'));
    expect(words('train').filter((word) => heldOut.has(word))).toEqual([]);
  });
});

describe('the held-out side of the skillmix catalog', () => {
  it('is named in nothing that a training prompt is made of', () => {
    const trainTexts = [
      ...skillsOn('train').flatMap((skill) => [skill.name, skill.definition, skill.example]),
      ...topicsOn('train').map((topic) => topic.name),
      ...writers.flatMap((writer) => writer.turns),
    ];
    const heldOutNames = [...skillsOn('held-out'), ...topicsOn('held-out')].map(({ name }) => bareName(name));
    const leaks = trainTexts.flatMap((text) =>
      heldOutNames.filter((name) => text.toLowerCase().includes(name)).map((name) => `"${name}" in "${text}"`),
    );
    expect(leaks).toEqual([]);
  });
});

describe('the rubric of the skillmix catalog', () => {
  it.each([
    [1, 1],
    [2, 1],
    [3, 2],
    [5, 4],
  ])('asks at k = %i for at most %i sentences', (k, limit) => {
    expect(viewOf(k, 'train').limit).toBe(limit);
  });

  it('has k + 3 rows, of which only the sentence limit is set by a rule', () => {
    expect(viewOf(4, 'held-out').rows).toHaveLength(7);
    expect(catalog.rubric.points.map((point) => [point.id, point.rule])).toEqual([
      ['topic', undefined],
      ['sense', undefined],
      ['length', 'sentence-limit'],
    ]);
  });
});

function expectClean(prompt: string): void {
  expect(prompt).not.toMatch(/[{}]|&\w+;|&#|undefined|\n{3}/);
  expect(prompt).not.toMatch(/\S {2,}\S| $|\( *\)/m);
}

/** Every template in which a limit may be named, with the labels of the rubric. */
const texts = (k: number): string[] => {
  const view = viewOf(k, 'train');
  const turns = [...writers.flatMap((writer) => writer.turns), ...graders.map(({ turn }) => turn)];
  return [...turns.map((turn) => render(turn, view)), ...(view.rows ?? []).map(({ label }) => label)];
};

describe('the limit of sentences in prompts and labels', () => {
  it.each(ks)('is in the form that its number has at k = %i', (k) => {
    const { limit, limitWords } = viewOf(k, 'train');
    const named = texts(k).flatMap((text) => text.match(/at most \w+ sentence\S*/g) ?? []);
    expect(named.length).toBeGreaterThan(graders.length);
    const wanted = `at most ${limitWords} sentence${limit > 1 ? 's' : ''}`;
    expect(named.filter((words) => words.replace(/[.,]$/, '') !== wanted)).toEqual([]);
    expect(texts(k).filter((text) => text.includes('(s)'))).toEqual([]);
  });

  it.each(ks)('stands among labels of which no two are alike at k = %i', (k) => {
    for (const side of ['train', 'held-out'] as const)
      expect(duplicates((viewOf(k, side).rows ?? []).map(({ label }) => label))).toEqual([]);
  });
});

describe('the short grading prompt', () => {
  it('asks for no criterion to be copied, and says what is judged in the words of the long one', () => {
    const view = viewOf(3, 'train');
    const [long = '', short = ''] = [catalog.prompts.grader['default'], catalog.prompts.grader['brief']].map((grader) =>
      render(grader?.turn ?? '', view),
    );
    const [judged = '', asked = ''] = short.split('First give');
    expect(long.startsWith(judged)).toBe(true);
    for (const { label } of view.rows ?? []) expect(asked).not.toContain(label);
  });

  it('halves what a grading is expected to cost in paper-today', async () => {
    const { plan } = await planStudy('studies/paper-today.yaml');
    const graderCost = (prompt: string): number => {
      const graders = plan.science.graders.map((grader) => ({ ...grader, prompt }));
      const rows = estimatePlan({ ...plan, science: { ...plan.science, graders } });
      return rows.filter(({ role }) => role.startsWith('grader')).reduce((sum, { usd }) => sum + (usd ?? 0), 0);
    };
    expect(graderCost('brief')).toBeLessThan(0.6 * graderCost('default'));
  });
});

describe('what writers are asked to reply', () => {
  it('is plain text with straight quotes and an explanation of bounded length', () => {
    for (const { turns } of writers) {
      expect(turns[0]).toMatch(/^Reply in this format,.* plain text with straight quotes:$/m);
      expect(turns[1]).toMatch(/^Reply in the same format/m);
      for (const turn of turns) expect(turn).toMatch(/^Explanation: .*at most 25 words/m);
    }
  });

  it('leaves training examples as long as the first version did', async () => {
    const [first, second] = await Promise.all(
      ['studies/paper.yaml', 'studies/paper-today.yaml'].map(async (path) =>
        exampleLengths((await planStudy(path)).plan),
      ),
    );
    for (const [place, { tokens, limit }] of second!.entries()) {
      expect(tokens).toBeLessThanOrEqual(1.05 * first![place]!.tokens);
      expect(tokens).toBeLessThan(limit);
    }
  });
});

describe('the first version of the catalog', () => {
  it('stays as it is: the published study has the plan that it had', async () => {
    const { plan, hash } = await planStudy('studies/paper.yaml');
    expect(plan.catalog.name).toBe('skillmix');
    expect(hash).toBe('51797728087d8b53d59ffb62a308c086e0092b0cb9788cc458e109f1358e0c3b');
  });
});

describe('the prompts of the skillmix catalog', () => {
  it.each(ks)('render every writer template cleanly at k = %i', (k) => {
    for (const writer of writers) {
      for (const turn of writer.turns) {
        const view = viewOf(k, 'train');
        const prompt = render(turn, view);
        expectClean(prompt);
        expect(prompt).toContain(view.topic);
        for (const skill of view.skills) expect(prompt).toContain(skill.name);
        expect(prompt).toMatch(/^Answer: /m);
        expect(prompt).toMatch(/^Explanation: /m);
        if (k === 1) expect(prompt).not.toMatch(/\bskills\b/);
        if (turn === catalog.prompts.student['soft']?.turns[1])
          expect(prompt.startsWith(k > 2 ? 'Please look at your text' : 'Now improve your text')).toBe(true);
      }
    }
  });

  it.each(ks)('render every grader template cleanly at k = %i, with the text as it stands', (k) => {
    for (const grader of graders) {
      const view = viewOf(k, 'held-out');
      const prompt = render(grader.turn, view);
      expect(prompt).toContain(`=== TEXT BEGINS ===\n${TEXT}\n=== TEXT ENDS ===`);
      expectClean(prompt.replace(TEXT, '').replace(/^\{"criteria".*\n\n/m, ''));
      for (const row of view.rows ?? []) expect(prompt).toContain(`\n${row.number}. ${row.label}\n`);
      for (const skill of view.skills) expect(prompt).toContain(skill.definition);
    }
  });

  it('state the sentence limit in the last turn of a writer and to the grader', () => {
    const view = viewOf(4, 'train');
    const last = writers.map((writer) => writer.turns[writer.turns.length - 1] ?? '');
    for (const turn of [...last, ...graders.map((grader) => grader.turn)]) {
      expect(render(turn, view)).toContain('at most three sentences');
    }
  });

  it('ask a teacher and a student the same, save in the softer second turn', () => {
    const { teacher, student } = catalog.prompts;
    expect(student['default']).toEqual(teacher['default']);
    expect(student['soft']?.turns[0]).toBe(teacher['default']?.turns[0]);
    expect(student['soft']?.turns[1]).not.toBe(teacher['default']?.turns[1]);
  });

  it('ask graders for the table, for lines or for JSON, as each variant declares', () => {
    const view = viewOf(2, 'train');
    for (const grader of graders) {
      const prompt = render(grader.turn, view);
      expect(/\| (?:criterion|number) \| points \|/.test(prompt)).toBe(grader.reply === 'table');
      expect(/^Point earned: 1$/m.test(prompt)).toBe(grader.reply === 'lines');
      expect(prompt.includes('{"criteria": [{"number": 1, "reason"')).toBe(grader.reply === 'json');
    }
    expect(graders.map((grader) => grader.reply).sort()).toEqual(['json', 'lines', 'table', 'table']);
  });

  it.each(ks)('ask at k = %i for a reply that the reader of gradings reads point by point', (k) => {
    const view = viewOf(k, 'held-out');
    const asked = Array.from({ length: k + 3 }, (_, index) => index % 2);
    for (const grader of graders) {
      const prompt = render(grader.turn, view);
      let row = 0;
      const table = prompt
        .slice(prompt.search(/\| (?:criterion|number) \|/))
        .replace(/0 or 1/g, () => String(asked[row++]));
      const lines = asked.map((point, index) => `${index + 1}. A short reason.\nPoint earned: ${point}`).join('\n');
      const entries = asked.map((points, index) => ({ number: index + 1, reason: 'A short reason.', points }));
      const json = JSON.stringify({ criteria: entries });
      const reply = { table, lines, json }[grader.reply];
      const shape = { points: k + 3, format: grader.reply };
      expect(readGrading(reply, shape)).toEqual({ end: 'graded', points: asked });
    }
  });
});
