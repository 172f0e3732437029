/**
 * Certifies one training file (invariant 2). On its very bytes: every example combines train skills and a train topic
 * alone, and no prompt (any message that is not an answer) holds the name of a held-out skill or topic as a whole word
 * or phrase.
 *
 * A prompt may hold such a word without a leak: a template says "answer with a quotation", or the train skill
 * "rhetorical question" contains the held-out "question". A match is therefore excused if it lies wholly within one
 * unbroken stretch that is constant text of a student template, or the name, definition or example of a skill (or the
 * name of the topic) of the example's own combination, whose train side was checked before. The catalog itself put such
 * a word on the train side; `excusedHeldOutWords` lists them all, so that a certificate can name them.
 */
import Mustache from 'mustache';
import type { Message } from '../../contracts/calls.ts';
import { FAILURES } from '../../contracts/failures.ts';
import type { Combination, Partition, Plan, Pool } from '../../contracts/plan.ts';
import type { CertifiedDataset } from '../../contracts/results.ts';
import { sha256 } from '../basics/hash.ts';
import { skillsOf } from '../requests/prompt-view.ts';
import { datasetName } from './dataset-name.ts';
import { liesWithin, makePhraseFinder } from './phrases.ts';

/** Stops the study: the message names file, line and word. */
export class HeldOutError extends Error {
  override readonly name = FAILURES.heldOut;
}

export interface CertifyInput {
  readonly plan: Plan;
  readonly student: string;
  readonly partition: number;
  readonly arm: string;
  /** The training file: one `{"messages": [...]}` a line. */
  readonly content: string;
  /** The combination that each line was made from, in the order of the lines. */
  readonly combinations: readonly Combination[];
}

/** Throws `HeldOutError` at the first example that fails. */
export function certify({ plan, student, partition, arm, content, combinations }: CertifyInput): CertifiedDataset {
  const { sides } = partitionOf(plan, partition);
  const file = `datasets/${datasetName(plan, { arm, student, partition })}`;
  const examples = parseLines(content, file);
  if (examples.length !== combinations.length)
    throw new HeldOutError(
      `${file}: ${examples.length} examples, but ${combinations.length} texts were taken for training`,
    );
  const findLeak = makeLeakFinder(plan, sides['held-out']);
  for (const [index, combination] of combinations.entries()) {
    const place = `${file}, line ${index + 1}`;
    checkCombination(combination, sides.train, place);
    for (const { role, content: said } of examples[index] ?? []) {
      const leak = role === 'assistant' ? undefined : findLeak(said, combination);
      if (leak !== undefined)
        throw new HeldOutError(`${place}: the held-out name "${leak}" occurs in a ${role} message`);
    }
  }
  const heldOutWordsInAnswers = countInAnswers(plan, sides['held-out'].skills, examples);
  return { arm, partition, sha256: sha256(content), examples: examples.length, heldOutWordsInAnswers };
}

/** The first held-out name in a prompt that nothing excuses. */
function makeLeakFinder(plan: Plan, heldOut: Pool): (prompt: string, combination: Combination) => string | undefined {
  const find = makePhraseFinder(namesOf(plan, heldOut));
  const constants = templateConstants(plan);
  return (prompt, combination) => {
    const matches = find(prompt);
    if (matches.length === 0) return undefined;
    const excuses = [...constants, ...entryTexts(plan, combination)];
    return matches.find((match) => !liesWithin(match, excuses))?.name;
  };
}

function partitionOf(plan: Plan, index: number): Partition {
  const partition = plan.partitions.find((candidate) => candidate.index === index);
  if (!partition) throw new RangeError(`partition ${index} is not in the plan of study "${plan.science.name}"`);
  return partition;
}

type Example = readonly Message[];

function parseLines(content: string, file: string): Example[] {
  const rows = content.split('\n');
  if (rows.at(-1) === '') rows.pop();
  return rows.map((row, index) => {
    const messages = readMessages(row);
    if (!messages)
      throw new HeldOutError(`${file}, line ${index + 1}: no {"messages": [...]}, so it cannot be certified`);
    return messages;
  });
}

function readMessages(row: string): Example | undefined {
  try {
    const { messages } = JSON.parse(row) as { messages?: unknown };
    return Array.isArray(messages) && messages.every(isMessage) ? messages : undefined;
  } catch {
    return undefined;
  }
}

const isMessage = (value: unknown): value is Message => {
  const { role, content } = (value ?? {}) as Partial<Message>;
  return typeof role === 'string' && typeof content === 'string';
};

/** Requires train skills and a train topic: an id on no side at all is as wrong as a held-out one. */
function checkCombination({ skills, topic }: Combination, train: Pool, place: string): void {
  const skill = skills.find((id) => !train.skills.includes(id));
  if (skill !== undefined) throw new HeldOutError(`${place}: skill "${skill}" is not on the train side`);
  if (!train.topics.includes(topic)) throw new HeldOutError(`${place}: topic "${topic}" is not on the train side`);
}

function namesOf({ catalog }: Plan, { skills, topics }: Pool): string[] {
  return [
    ...catalog.skills.filter(({ id }) => skills.includes(id)).map(({ name }) => name),
    ...catalog.topics.filter(({ id }) => topics.includes(id)).map(({ name }) => name),
  ];
}

/** What a prompt says of a combination, in the catalog's words. */
function entryTexts({ catalog }: Plan, combination: Combination): string[] {
  const topics = catalog.topics.filter(({ id }) => id === combination.topic).map(({ name }) => name);
  return [
    ...skillsOf(catalog, combination).flatMap(({ name, definition, example }) => [name, definition, example]),
    ...topics,
  ];
}

type Token = readonly [type: string, value: string, start: number, end: number, children?: unknown];

/** The unbroken stretches of text between the tags of all student templates. */
function templateConstants({ catalog }: Plan): string[] {
  const textsIn = (tokens: readonly Token[]): string[] =>
    tokens.flatMap(([type, value, , , children]) => {
      if (type === 'text') return [value.trim()];
      return Array.isArray(children) ? textsIn(children as Token[]) : [];
    });
  const turns = Object.values(catalog.prompts.student).flatMap(({ turns }) => turns);
  return turns.flatMap((turn) => textsIn(Mustache.parse(turn) as Token[])).filter((text) => text !== '');
}

export interface ExcusedWord {
  readonly name: string;
  /** Where the name occurs: `the student prompts`, or the id of a train skill or topic. */
  readonly where: string;
}

/** Held-out names that the catalog itself put into the student prompts or into entries of the train side. */
export function excusedHeldOutWords(plan: Plan, partition: number): ExcusedWord[] {
  const { sides } = partitionOf(plan, partition);
  const findHeldOut = makePhraseFinder(namesOf(plan, sides['held-out']));
  const places = [
    ...templateConstants(plan).map((text) => ({ where: 'the student prompts', text })),
    ...plan.catalog.skills
      .filter(({ id }) => sides.train.skills.includes(id))
      .flatMap(({ id, name, definition, example }) => [name, definition, example].map((text) => ({ where: id, text }))),
    ...plan.catalog.topics
      .filter(({ id }) => sides.train.topics.includes(id))
      .map(({ id, name }) => ({ where: id, text: name })),
  ];
  const found = places.flatMap(({ where, text }) => findHeldOut(text).map(({ name }) => ({ name, where })));
  return [...new Map(found.map((word) => [`${word.name}|${word.where}`, word])).values()];
}

/** How many examples name each held-out skill in an answer, in the order of the catalog. */
function countInAnswers({ catalog }: Plan, heldOut: readonly string[], examples: readonly Example[]) {
  const skills = catalog.skills.filter(({ id }) => heldOut.includes(id));
  const find = makePhraseFinder(skills.map(({ name }) => name));
  const counts = new Map<string, number>();
  for (const messages of examples) {
    const answers = messages.filter(({ role }) => role === 'assistant');
    const names = new Set(answers.flatMap(({ content }) => find(content).map(({ name }) => name)));
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return skills.flatMap(({ id, name }) => {
    const named = counts.get(name) ?? 0;
    return named > 0 ? [{ skill: id, examples: named }] : [];
  });
}
