/**
 * The lab's teacher: writes what its prompt asks for, and makes a mistake now and then, so that the keep rule has
 * something to reject. It uses nothing but the messages: topic and skills from the first prompt, and in the second turn
 * its own first answer.
 */
import type { Message } from '../../contracts/calls.ts';
import { randomOf, type ChatRequest } from './chat.ts';
import type { Random } from './random.ts';
import {
  choosePlainWords,
  isAbout,
  listTopicNames,
  makesSense,
  showsSkill,
  SKILL_NAMES,
  splitSentences,
  writeSentence,
} from './world.ts';

interface Task {
  readonly topic: string;
  readonly skills: readonly string[];
}

/** Which of the requirements a draft meets. */
interface Draft {
  readonly shown: readonly string[];
  readonly onTopic: boolean;
  readonly sensible: boolean;
  readonly short: boolean;
}

const SHOWN_FIRST = 0.8;
const SLIP = 0.04;
const REPAIRED = 0.55;
/** Probability that a text shows a skill that the prompt did not ask for. */
const ACCIDENT = 0.05;
const PLAIN_SHARE = 0.25;

export function writeAsTeacher(request: ChatRequest): string {
  const task = readTask(request.messages);
  if (task === undefined) return 'Please give me a topic and a numbered list of skills.';
  const random = randomOf(request, 'teacher');
  const earlier = request.messages.filter((message) => message.role === 'assistant').at(-1);
  const draft = earlier === undefined ? draftFirst(task, random) : repair(judge(task, earlier.content), task, random);
  const explanation = task.skills.map((skill) => `The skill ${skill} shows.`).join(' ');
  return `Answer: ${writeDraft(draft, task, random)}\nExplanation: ${explanation}`;
}

function readTask(messages: readonly Message[]): Task | undefined {
  const prompt = messages.find((message) => message.role === 'user')?.content ?? '';
  const topic = /^Topic: *(.+)$/m.exec(prompt)?.[1]?.trim();
  const skills = [...prompt.matchAll(/^\d+\. *([^:\n]+):/gm)].map((match) => (match[1] as string).trim());
  return topic === undefined || skills.length === 0 ? undefined : { topic, skills };
}

const draftFirst = (task: Task, random: Random): Draft => ({
  shown: task.skills.filter(() => random.chance(SHOWN_FIRST)),
  onTopic: !random.chance(SLIP),
  sensible: !random.chance(SLIP),
  short: !random.chance(SLIP),
});

function judge(task: Task, reply: string): Draft {
  const text = /Answer:\s*([\s\S]*?)(?:\s*Explanation|$)/.exec(reply)?.[1] ?? reply;
  return {
    shown: task.skills.filter((skill) => showsSkill(text, skill)),
    onTopic: isAbout(text, task.topic),
    sensible: makesSense(text),
    short: splitSentences(text).length === 1,
  };
}

/** The second turn corrects some of the mistakes and adds none. */
const repair = (draft: Draft, task: Task, random: Random): Draft => ({
  shown: task.skills.filter((skill) => draft.shown.includes(skill) || random.chance(REPAIRED)),
  onTopic: draft.onTopic || random.chance(REPAIRED),
  sensible: draft.sensible || random.chance(REPAIRED),
  short: draft.short || random.chance(REPAIRED),
});

function writeDraft(draft: Draft, task: Task, random: Random): string {
  const unasked = SKILL_NAMES.filter((skill) => !task.skills.includes(skill));
  const skills = random.chance(ACCIDENT) ? [...draft.shown, random.pick(unasked)] : draft.shown;
  const others = listTopicNames().filter((topic) => topic !== task.topic);
  const topic = draft.onTopic ? task.topic : random.pick(others);
  const sentence = writeSentence({ topic, skills, plain: choosePlainWords(random, PLAIN_SHARE) }, random);
  const sensible = draft.sensible ? sentence : sentence.replace(/\bthe /i, '');
  if (draft.short) return sensible;
  const second = writeSentence({ topic, skills: [] }, random);
  return `${sensible.replace(/[.—]$/, '')}${sensible.endsWith('?') ? '' : '.'} ${second}`;
}
