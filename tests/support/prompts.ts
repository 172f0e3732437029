/** Requests as a study would send them, from the lab's own catalog. */
import type { Message } from '../../contracts/calls.ts';
import { promptView, render } from '../../domain/requests/prompt-view.ts';
import type { ChatRequest } from '../../lab/world/chat.ts';
import { readLabCatalog } from '../../lab/world/lab-catalog.ts';
import { makeRandom } from '../../lab/world/random.ts';

export interface TestItem {
  readonly topic: string;
  readonly skills: readonly string[];
}

export const catalog = readLabCatalog();

export const nameOf = (id: string): string => catalog.skills.find((skill) => skill.id === id)?.name ?? '';

export function drawItem(seed: number, k: number): TestItem {
  const random = makeRandom(seed, 'item', k);
  const skills = random.sample(catalog.skills, k).map((skill) => skill.id);
  return { topic: random.pick(catalog.topics).id, skills };
}

export function teacherRequest(item: TestItem, seed: string, replies: readonly string[] = []): ChatRequest {
  const view = promptView(catalog, item);
  const turns = catalog.prompts.teacher['default']?.turns ?? [];
  const messages = turns.slice(0, replies.length + 1).flatMap((turn, index): Message[] => {
    const asked: Message = { role: 'user', content: render(turn, view) };
    const reply = replies[index];
    return reply === undefined ? [asked] : [asked, { role: 'assistant', content: reply }];
  });
  return { model: 'lab-teacher', messages, seed };
}

export function gradingRequest(
  item: TestItem,
  text: string,
  seed = '0',
  model = 'lab-strict',
  variant = 'default',
): ChatRequest {
  const turn = catalog.prompts.grader[variant]?.turn ?? '';
  return { model, messages: [{ role: 'user', content: render(turn, promptView(catalog, item, text)) }], seed };
}

/** The points of a grading table, from top to bottom. */
export const readPoints = (reply: string): number[] =>
  [...reply.matchAll(/^\| .+ \| ([01]) \|$/gm)].map((match) => Number(match[1]));

export const readAnswer = (reply: string): string => /^Answer: (.*)$/m.exec(reply)?.[1] ?? '';
