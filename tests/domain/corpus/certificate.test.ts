import { createHash } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import type { Message } from '../../../contracts/calls.ts';
import type { Combination } from '../../../contracts/plan.ts';
import { certify, excusedHeldOutWords, HeldOutError } from '../../../domain/corpus/certificate.ts';
import { promptView, render } from '../../../domain/requests/prompt-view.ts';
import { catalog, measuredPlan } from '../../support/measured-plan.ts';

const plan = measuredPlan();
const student = plan.science.students[0]!.id;
const clean: Combination = { skills: ['simile', 'rhetorical-question'], topic: 'sewing' };
const prompt = (combination: Combination): string =>
  render(catalog.prompts.student['default']!.turns[0]!, promptView(catalog, combination));
const say = (user: string, assistant = 'The needle sang.'): Message[] => [
  { role: 'user', content: user },
  { role: 'assistant', content: assistant },
];
const toContent = (rows: readonly (readonly Message[])[]): string =>
  rows.map((messages) => `${JSON.stringify({ messages })}\n`).join('');
const run = (rows: readonly (readonly Message[])[], combinations: readonly Combination[] = rows.map(() => clean)) =>
  certify({ plan, student, partition: 0, arm: '1,2', content: toContent(rows), combinations });

describe('certify', () => {
  it('certifies the bytes of a clean file, where template and train entries hold held-out words of their own', () => {
    const tricolon: Combination = { skills: ['tricolon'], topic: 'art' };
    const rows = [say(prompt(clean)), say(prompt(tricolon))];
    expect(run(rows, [clean, tricolon])).toEqual({
      arm: '1,2',
      partition: 0,
      sha256: createHash('sha256').update(toContent(rows)).digest('hex'),
      examples: 2,
      heldOutWordsInAnswers: [],
    });
  });

  it.each([
    ['a held-out skill', `${prompt(clean)} Add a metaphor.`, 'metaphor'],
    ['a skill in capitals', 'METAPHOR', 'metaphor'],
    ['a skill whose name has a bracket', 'Use a red herring', 'red herring (fallacy)'],
    ['a skill over a line break and a hyphen', 'Use a red-\nherring', 'red herring (fallacy)'],
    ['a topic', 'On  ottoman empires and an ottoman\u00a0 empire', 'The Ottoman Empire'],
    ['a name that is part of a train name, by itself', `${prompt(clean)} Ask a question.`, 'question'],
    ['a word of the template, elsewhere', 'Make a statement', 'statement'],
    ["a word of another train skill's definition", 'Show simile: as in a metaphor of steps', 'metaphor'],
  ])('stops at %s in a prompt and names file, line and word', (_, user, word) => {
    const leak = () => run([say(prompt(clean)), say(user)]);
    expect(leak).toThrow(HeldOutError);
    expect(leak).toThrow(`datasets/1,2.jsonl, line 2: the held-out name "${word}" occurs in a user message`);
  });

  it('names the very file where several students or partitions have one', () => {
    const [first, second] = [{ id: 'tiny' }, { id: 'small' }] as typeof plan.science.students;
    const several = measuredPlan({ partitions: 2 });
    const two = { ...several, science: { ...several.science, students: [first!, second!] } };
    const given = { plan: two, student: 'small', partition: 1, arm: '1', combinations: [clean] };
    const leak = () => certify({ ...given, content: toContent([say('A metaphor!')]) });
    expect(leak).toThrow('datasets/1.small.p1.jsonl, line 1: the held-out name "metaphor"');
  });

  it.each([
    ['part of a longer word', 'Write on metaphorical questionnaires'],
    ['the words of a phrase apart', 'A red fish, a herring'],
    ['the words of a phrase in two sentences', 'It is red. Herring next'],
    ['the start of a phrase', 'Use red'],
  ])('lets pass %s', (_, user) => {
    expect(run([say(user)]).examples).toBe(1);
  });

  it('looks into every prompt, also later turns and system messages', () => {
    expect(() => run([[...say(prompt(clean)), ...say('A metaphor!')]])).toThrow('occurs in a user message');
    expect(() => run([[{ role: 'system', content: 'Knots.' }, ...say(prompt(clean))]])).toThrow(
      '"Knots" occurs in a system',
    );
  });

  it('stops at a combination with a skill or topic that is not on the train side', () => {
    expect(() => run([say('x')], [{ skills: ['simile', 'metaphor'], topic: 'sewing' }])).toThrow(
      'line 1: skill "metaphor" is not on the train side',
    );
    expect(() => run([say('x')], [{ skills: ['simile'], topic: 'knots' }])).toThrow(
      'line 1: topic "knots" is not on the train side',
    );
  });

  it('certifies nothing that it cannot read or that is not as long as the texts', () => {
    const broken = { plan, student, partition: 0, arm: '1', combinations: [clean] };
    expect(() => certify({ ...broken, content: '{"messages": 1}\n' })).toThrow('line 1: no {"messages": [...]}');
    expect(() => certify({ ...broken, content: '{"messages"\n' })).toThrow('line 1: no {"messages": [...]}');
    expect(() => run([say('x'), say('y')], [clean])).toThrow('2 examples, but 1 texts');
    expect(() => certify({ ...broken, partition: 3, content: toContent([say('x')]) })).toThrow('partition 3 is not in');
  });

  it.each([
    'null',
    '[]',
    '{"messages": [null]}',
    '{"messages": [{"role": "user"}]}',
    '{"messages": [{"content": "x"}]}',
  ])('certifies no line that is %s, also after good ones', (line) => {
    const content = `${toContent([say('x')])}${line}\n`;
    const certifyBoth = () => certify({ plan, student, partition: 0, arm: '1', content, combinations: [clean, clean] });
    expect(certifyBoth).toThrow('line 2: no {"messages": [...]}');
  });

  it('counts the last line also without a line break', () => {
    const content = toContent([say('x'), say('A metaphor!')]).trimEnd();
    const certifyBoth = () => certify({ plan, student, partition: 0, arm: '1', content, combinations: [clean, clean] });
    expect(certifyBoth).toThrow('line 2: the held-out name "metaphor"');
  });

  it('certifies a file without examples', () => {
    expect(run([])).toMatchObject({ examples: 0, heldOutWordsInAnswers: [] });
  });

  it('lists held-out skills that answers name, by examples', () => {
    const rows = [say('x', 'A metaphor is a metaphor.'), say('x', 'A Metaphor? A red herring!'), say('x', 'Knots.')];
    expect(run(rows).heldOutWordsInAnswers).toEqual([
      { skill: 'metaphor', examples: 2 },
      { skill: 'red-herring', examples: 1 },
    ]);
  });

  it('lists the words that the catalog itself put on the train side', () => {
    expect(excusedHeldOutWords(plan, 0)).toEqual([
      { name: 'statement', where: 'the student prompts' },
      { name: 'question', where: 'rhetorical-question' },
      { name: 'metaphor', where: 'tricolon' },
    ]);
  });
});
