/** Prompts from templates: what a catalog's Mustache templates see, and how they are rendered. */
import Mustache from 'mustache';
import type { Catalog, PromptView, Rubric, Skill } from '../contracts/catalog.ts';
import type { Combination } from '../contracts/plan.ts';

const NUMBER_WORDS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

/** The largest number of sentences for k skills; Skill-Mix: max(1, k - 1). */
export const sentenceLimit = (rubric: Rubric, k: number): number =>
  Math.max(rubric.sentenceLimit.minimum, rubric.sentenceLimit.perSkill * k + rubric.sentenceLimit.offset);

/** Text for models, not for HTML: nothing is escaped. */
export const render = (template: string, view: object): string =>
  Mustache.render(template, view, {}, { escape: String }).trim();

function joinNames(names: readonly string[]): string {
  if (names.length < 2) return names.join('');
  return `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`;
}

export function skillsOf(catalog: Catalog, combination: Combination): Skill[] {
  return combination.skills.map((id) => {
    const skill = catalog.skills.find((candidate) => candidate.id === id);
    if (!skill) throw new RangeError(`skill "${id}" is not in catalog "${catalog.name}"`);
    return skill;
  });
}

function topicNameOf(catalog: Catalog, id: string): string {
  const topic = catalog.topics.find((candidate) => candidate.id === id);
  if (!topic) throw new RangeError(`topic "${id}" is not in catalog "${catalog.name}"`);
  return topic.name;
}

/** What the templates see for a combination; with `text`, what a grader's template sees. */
export function promptView(catalog: Catalog, combination: Combination, text?: string): PromptView {
  const k = combination.skills.length;
  const limit = sentenceLimit(catalog.rubric, k);
  const skills = skillsOf(catalog, combination).map((skill, index) => ({
    name: skill.name,
    definition: skill.definition,
    example: skill.example,
    number: index + 1,
    last: index === k - 1,
  }));
  const view: PromptView = {
    k,
    topic: topicNameOf(catalog, combination.topic),
    skills,
    skillNames: joinNames(skills.map((skill) => skill.name)),
    limit,
    limitWords: NUMBER_WORDS[limit] ?? String(limit),
    several: k > 1,
    many: k > 2,
  };
  if (text === undefined) return view;
  return { ...view, text, rows: rubricRows(catalog, view) };
}

const rubricRows = (catalog: Catalog, view: PromptView): { number: number; label: string }[] =>
  labelsOf(catalog, view).map((label, index) => ({ number: index + 1, label }));

const labelsOf = ({ rubric }: Catalog, view: PromptView): string[] => [
  ...view.skills.map((skill) => render(rubric.skillLabel, skill)),
  ...rubric.points.map((point) => render(point.label, view)),
];

/** The criteria of a combination as grading prompts word them, skills first. */
export const rubricLabels = (catalog: Catalog, combination: Combination): string[] =>
  labelsOf(catalog, promptView(catalog, combination));
