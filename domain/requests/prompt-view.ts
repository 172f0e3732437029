/** Prompts from templates: what a catalog's Mustache templates see, and how they are rendered. */
import Mustache from 'mustache';
import type { Catalog, PromptView, Rubric, Skill, Topic } from '../../contracts/catalog.ts';
import type { Combination } from '../../contracts/plan.ts';

/** Whether graders are asked for the point at a position among the k skill points and the rubric's. */
export const isJudged = (rubric: Rubric, k: number, place: number): boolean =>
  place < k ? !rubric.skillCheck : !rubric.points[place - k]?.check;

const NUMBER_WORDS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten'];

/** The largest number of sentences for k skills; Skill-Mix: max(1, k - 1). */
export const sentenceLimit = (rubric: Rubric, k: number): number =>
  Math.max(rubric.sentenceLimit.minimum, rubric.sentenceLimit.perSkill * k + rubric.sentenceLimit.offset);

/** Renders a template; nothing is escaped, because models read plain text and not HTML. */
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

export function topicOf(catalog: Catalog, id: string): Topic {
  const topic = catalog.topics.find((candidate) => candidate.id === id);
  if (!topic) throw new RangeError(`topic "${id}" is not in catalog "${catalog.name}"`);
  return topic;
}

/** What the templates see for a combination; with `text`, what a grader's template sees. */
export function promptView(catalog: Catalog, combination: Combination, text?: string): PromptView {
  const k = combination.skills.length;
  const limit = sentenceLimit(catalog.rubric, k);
  const skills = skillsOf(catalog, combination).map((skill, index) => ({
    name: skill.name,
    definition: skill.definition,
    example: skill.example,
    data: skill.data ?? {},
    number: index + 1,
    last: index === k - 1,
  }));
  const { name: topic, data: topicData = {} } = topicOf(catalog, combination.topic);
  const view: PromptView = {
    k,
    topic,
    topicData,
    skills,
    skillNames: joinNames(skills.map((skill) => skill.name)),
    limit,
    limitWords: NUMBER_WORDS[limit] ?? String(limit),
    plural: limit > 1,
    several: k > 1,
    many: k > 2,
  };
  if (text === undefined) return view;
  return { ...view, text, rows: rubricRows(catalog, view) };
}

/** The rows that graders fill in: points that a program decides alone have none. */
const rubricRows = (catalog: Catalog, view: PromptView): { number: number; label: string }[] =>
  labelsOf(catalog, view)
    .filter((_, place) => isJudged(catalog.rubric, view.k, place))
    .map((label, index) => ({ number: index + 1, label }));

const labelsOf = ({ rubric }: Catalog, view: PromptView): string[] => [
  ...view.skills.map((skill) => render(rubric.skillLabel, skill)),
  ...rubric.points.map((point) => render(point.label, view)),
];

/** The criteria of a combination as the rubric words them, skills first; programs decide some of them. */
export const rubricLabels = (catalog: Catalog, combination: Combination): string[] =>
  labelsOf(catalog, promptView(catalog, combination));
