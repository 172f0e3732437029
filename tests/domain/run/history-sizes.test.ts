import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { planStudy } from '../../../client/study-file/read-study.ts';
import { callNumbers, callsOfLongestText, MAX_CALLS_IN_WORK, windowFor } from '../../../domain/run/history-sizes.ts';
import { makeWorkflowPlan } from '../../../domain/run/workflow-plan.ts';
import { ROOT } from '../../../infra/setup/settings.mjs';

const upTo = (max: number) => fc.integer({ min: 1, max });
const numbers = fc
  .record({
    teacherTurns: upTo(4),
    keepGradings: upTo(20),
    studentTurns: upTo(4),
    graders: upTo(5),
    gradings: upTo(20),
    asks: upTo(9),
  })
  .filter((each) => callsOfLongestText(each) <= MAX_CALLS_IN_WORK);

describe('the window of a shard', () => {
  it('keeps its history below 4,096 events, whatever is still in work when it takes no new text', () => {
    fc.assert(
      fc.property(numbers, (each) => {
        const calls = callsOfLongestText(each);
        expect(windowFor(calls)).toBeGreaterThanOrEqual(1);
        expect(2_000 + windowFor(calls) * calls * 6).toBeLessThan(4_096);
      }),
    );
  });

  it.each(['lab', 'paper', 'paper-today'])('is in the outline of study %s, with every re-asking', async (name) => {
    const { plan } = await planStudy(join(ROOT, 'studies', `${name}.yaml`));
    const { sizes, students, teacherTurns, keepGradings, gradings } = makeWorkflowPlan(plan, 'home');
    const { evaluation, graders } = plan.science;
    const turns = Math.max(...students.map((student) => student.turns));
    const evaluated = turns + graders.length * gradings * evaluation.asks;
    const longest = Math.max(evaluated, teacherTurns + keepGradings * evaluation.asks);
    expect(sizes.eventsPerRun + sizes.window * longest * 6).toBeLessThan(4_096);
  });

  it('counts the turns of an untrained arm that is asked by a longer prompt of its own', async () => {
    const { plan } = await planStudy(join(ROOT, 'studies', 'lab.yaml'));
    const { prompts } = plan.catalog;
    const student = { ...prompts.student, careful: { answer: 'plain' as const, turns: ['Write.', 'Look again.'] } };
    const catalog = { ...plan.catalog, prompts: { ...prompts, student } };
    expect(callNumbers(plan.science, plan.catalog).studentTurns).toBe(1);
    expect(callNumbers(plan.science, catalog).studentTurns).toBe(2);
    expect(makeWorkflowPlan({ ...plan, catalog }, 'home').students.map(({ turns }) => turns)).toEqual([2]);
  });
});
