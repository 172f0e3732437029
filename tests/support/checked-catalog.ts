/** Catalogs whose points programs decide: polynomials in t, and rewriting of letters. Read by tests only. */
import { catalogSchema, type Catalog } from '../../contracts/catalog.ts';

const skill = (id: string, category: string, apply: string) => ({
  ...{ id, name: id, category, definition: `does ${id}`, example: 'none' },
  data: { apply },
});
const topic = (id: string, side: string, start: string) => ({ id, name: id, side, data: { start } });

const prompts = {
  id: 'checked',
  version: 1,
  teacher: { default: { turns: ['{{topicData.start}}: {{#skills}}{{name}} {{data.apply}}; {{/skills}}'] } },
  student: { default: { answer: 'plain', turns: ['{{topic}}: {{skillNames}}'] } },
  grader: { default: { turn: '{{text}}\n{{#rows}}{{number}}. {{label}}\n{{/rows}}', reply: 'table' } },
};
const frame = {
  title: 'Checked by programs',
  categories: { easy: { name: 'Easy', side: 'train' }, hard: { name: 'Hard', side: 'held-out' } },
  prompts,
};
const sentenceLimit = { minimum: 1, perSkill: 0, offset: 1 };

export const polynomials = {
  ...frame,
  name: 'polynomials',
  skills: [
    skill('double', 'easy', '2*x'),
    skill('square', 'easy', 'x^2'),
    skill('shift', 'easy', 'substitute(x, t, t + 1)'),
    skill('slope', 'hard', 'derivative(x, t)'),
    skill('opposite', 'hard', '-x'),
  ],
  topics: [
    topic('line', 'train', '2t + 3'),
    topic('half', 'train', 't/2'),
    topic('bow', 'held-out', '3t^2'),
    topic('cube', 'held-out', 't^3 - t'),
  ],
  rubric: {
    skillLabel: 'does {{name}}',
    skillCheck: { kind: 'step' },
    derivation: { values: 'algebra' },
    points: [
      { id: 'answer', label: 'right', check: { kind: 'answer' } },
      { id: 'plain', label: 'no excuse', check: { kind: 'pattern', matches: '(?i)sorry', unless: true } },
    ],
    sentenceLimit,
  },
};

export const rewriting = {
  ...frame,
  name: 'rewriting',
  skills: [
    skill('vowels-out', 'easy', '[aeiou] =>'),
    skill('swap', 'easy', 'a => 1\nb => a\n1 => b'),
    skill('twice', 'hard', '(.*)\\z => $1$1'),
    skill('tail', 'hard', '^. =>'),
  ],
  topics: [topic('one', 'train', 'abba'), topic('two', 'train', 'cab'), topic('three', 'held-out', 'baobab')],
  rubric: {
    ...polynomials.rubric,
    derivation: { values: 'text' },
    points: [{ id: 'answer', label: 'right', check: { kind: 'answer' } }],
  },
};

type Written = Omit<typeof polynomials, 'rubric'> & { readonly rubric: object };

export const parseCatalog = (written: Written, change: object = {}): Catalog =>
  catalogSchema.parse({ ...written, ...change });
