/** A catalog of another domain, whose points programs decide: from its files to results, without a call to a grader. */
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { analyseStudy } from '../../activities/analysis/analyse-study.ts';
import { makeTextActivities } from '../../activities/calls/texts.ts';
import { makeCorpusActivities } from '../../activities/corpus/corpus.ts';
import { leaseServer } from '../../activities/ledger/arms/checkpoints.ts';
import type { ActivityContext } from '../../activities/shared/activity-context.ts';
import { planStudy } from '../../client/study-file/read-study.ts';
import type { TextRef } from '../../contracts/activities.ts';
import type { Plan, PlannedCombination } from '../../contracts/plan.ts';
import { canonicalJson } from '../../domain/basics/hash.ts';
import { describePlan } from '../../domain/plan/describe-plan.ts';
import { estimatePlan } from '../../domain/plan/estimate.ts';
import { makePlan } from '../../domain/plan/make-plan.ts';
import { promptView, render } from '../../domain/requests/prompt-view.ts';
import { readAnswer } from '../../domain/requests/read-answer.ts';
import { checkerOf } from '../../domain/rubric/rubric-checks.ts';
import { makeWorkflowPlan } from '../../domain/run/workflow-plan.ts';
import { startLab, type Lab } from '../../lab/servers/lab-server.ts';
import { writeAsCalculator } from '../../lab/world/calculator.ts';
import { makeDerivationCorpus, vocabularyOf } from '../../lab/world/derivation-corpus.ts';
import { splitTokens } from '../../lab/world/world.ts';
import { answerJson, completion, startRecording, type RecordingServer } from '../support/recording-server.ts';
import { makeScratch, PROJECT } from '../support/scratch.ts';
import { smallStudy } from '../support/small-study.ts';
import { openContext, untilDone, urlsOf } from '../support/test-home.ts';

let plan: Plan;
let hash: string;
beforeAll(async () => {
  ({ plan, hash } = await planStudy(join(PROJECT, 'studies/clock.yaml')));
});

const ask = (combination: PlannedCombination, seed: string): string => {
  const turn = plan.catalog.prompts.teacher['default']?.turns[0] ?? '';
  const content = render(turn, promptView(plan.catalog, combination));
  return writeAsCalculator({ model: 'lab-calculator', messages: [{ role: 'user', content }], seed });
};
const fullMarks = (combination: PlannedCombination, text: string): boolean =>
  checkerOf(plan.catalog, combination)?.(text).every((verdict) => verdict?.earned === 1) ?? false;

describe('the catalog clock', () => {
  it('has ten skills and eleven topics on two sides, and is planned without gradings', () => {
    expect(plan.catalog.skills).toHaveLength(10);
    expect(plan.partitions[0]?.sides).toMatchObject({
      train: { skills: { length: 6 }, topics: { length: 7 } },
      'held-out': { skills: { length: 4 }, topics: { length: 4 } },
    });
    expect(estimatePlan(plan).map(({ role }) => role)).toEqual(['teacher', 'student']);
    expect(makeWorkflowPlan(plan, 'home')).toMatchObject({ keepGradings: 0, gradings: 0 });
  });

  it('says in its plan what programs decide, and which combinations lead back', () => {
    const { checks } = describePlan(plan, hash, plan.science);
    expect(checks.graderAsked).toBe(false);
    expect(checks.points).toEqual([
      { point: 'skill', kind: 'step' },
      { point: 'answer', kind: 'answer' },
      { point: 'order', kind: 'pattern' },
    ]);
    // 0 doubled, taken five times, turned or squared is 0, and 1 squared is 1.
    expect(checks.leadingBack[0]).toEqual({ list: 'training texts', k: 1, combinations: 42, back: 5 });
  });

  it('is worked out by the lab’s calculator from the prompt alone: most texts are right, some slip', () => {
    const items = plan.compose.flatMap((list) => list.items);
    const right = items.filter((item, index) => fullMarks(item, readAnswer(ask(item, String(index)), 'labelled').text));
    expect(right.length / items.length).toBeGreaterThan(0.6);
    expect(right.length).toBeLessThan(items.length);
    expect(ask(items[0]!, 'a')).toBe(ask(items[0]!, 'a'));
  });

  it('has a base corpus of right steps in the words of its students’ prompts', () => {
    const corpus = makeDerivationCorpus({ seed: 1, variant: 'elicited', texts: 2000 }, plan.catalog);
    const skillsIn = (prompt: string) =>
      prompt
        .split(': ')[1]!
        .replace('.', '')
        .split(', ')
        .map((name) => plan.catalog.skills.find((skill) => skill.name === name)!.id);
    const singles = corpus.filter(({ prompt }) => !prompt.includes(','));
    for (const { prompt, text } of singles)
      expect(fullMarks({ skills: skillsIn(prompt), topic: `from-${prompt.split(':')[0]}`, occurrence: 0 }, text)).toBe(
        true,
      );
    const several = corpus.filter(({ prompt }) => prompt.includes(','));
    const whole = several.filter(({ prompt, text }) => skillsIn(prompt).length === text.split(';').length);
    expect(whole.length / several.length).toBeGreaterThan(0.2);
    expect(whole.length / several.length).toBeLessThan(0.4);
    const words = new Set(vocabularyOf(corpus));
    const taught = plan.compose
      .flatMap(({ items }) => items)
      .flatMap((item) => splitTokens(ask(item, 'x').slice('Answer: '.length)));
    expect(taught.filter((token) => !words.has(token) && token !== '11')).toEqual([]);
    const strict = makeDerivationCorpus({ seed: 1, variant: 'strict', texts: 500 }, plan.catalog);
    const heldOut = plan.partitions[0]!.sides['held-out'].skills;
    for (const { prompt } of strict.filter(({ prompt }) => prompt.includes(',')))
      expect(skillsIn(prompt).some((skill) => heldOut.includes(skill))).toBe(false);
  });

  it('refuses a second grader that nobody would ask, and a base corpus without a derivation', async () => {
    const grader = plan.science.graders[0]!;
    const study = smallStudy({ graders: [grader, { ...grader, id: 'other', prompt: 'default', model: 'x' }] });
    expect(() => makePlan(study, plan.catalog)).toThrow('graders: 2 are named, but programs decide every point');
    const { catalog } = (await planStudy(join(PROJECT, 'studies/lab.yaml'))).plan;
    expect(() => makePlan(smallStudy({ students: plan.science.students }), catalog)).toThrow(
      'no derivation of algebra',
    );
  });

  it('names the combination that has no result', () => {
    const skills = plan.catalog.skills.map((skill) =>
      skill.id === 'square' ? { ...skill, data: { apply: '1/(x - 7)' } } : skill,
    );
    const study = smallStudy({ graders: plan.science.graders });
    expect(() => makePlan(study, { ...plan.catalog, skills })).toThrow(
      /skills .*square.* on topic .* have no result: .*division by zero|mod needs a whole number/,
    );
  });
});

describe('a study of clock arithmetic, activity by activity', () => {
  const scratch = makeScratch();
  let lab: Lab;
  let students: RecordingServer;
  let context: ActivityContext;
  beforeAll(async () => {
    lab = await startLab({ requestLog: join(scratch, 'requests.jsonl') });
    students = await startRecording(({ body }, response) =>
      answerJson(response, completion(body['model'], 'double 1 = 2')),
    );
    context = await openContext(scratch, { lab: urlsOf(lab) });
  });
  afterAll(async () => {
    await context.ledger.close();
    await lab.close();
  });

  it('ends with scores and agreement of nobody, and asks no grader', async () => {
    const { teacher, keepGrader, graders } = plan.science;
    const change = {
      teacher,
      keepGrader,
      graders,
      arms: [{ id: 'base', untrained: true }],
      compose: { kept: { 2: 6 }, maxPlanned: { 2: 12 } },
      prices: {},
    };
    const small = makePlan(smallStudy({ ...change, catalog: 'clock' }), plan.catalog);
    const stored = await context.store.put(canonicalJson(small));
    await leaseServer(context.ledger.tables, 'tiny@main', students.url, 600_000);
    const { writeText } = makeTextActivities(context);
    const write = (ref: TextRef) => untilDone(() => writeText({ ref }));
    for (let index = 0; index < 12; index += 1) await write({ kind: 'compose', plan: stored, list: 0, index });
    const tuned = { student: 'tiny', arm: 'base', replicate: 0, partition: 0 };
    for (const [list, { items }] of small.evaluation.entries())
      for (const index of items.keys())
        for (const generation of [0, 1])
          await write({ kind: 'evaluate', plan: stored, list, index, generation, tuned });
    const { countKept } = makeCorpusActivities(context);
    expect(await countKept({ plan: stored, list: 0, composed: 12 })).toEqual({ kept: 6, target: 6 });
    const { results, open } = await analyseStudy(context, small, stored);
    expect(open).toBe(0);
    expect(results.cells).toHaveLength(2);
    for (const { counts, metrics, generationsUsed } of results.cells) {
      expect(counts).toMatchObject({
        planned: 8,
        generated: 8,
        gradingsPlanned: 0,
        graded: 0,
        unparsable: 0,
        missing: 0,
      });
      expect(metrics.fullMarks).toMatchObject({ mean: 0, bounds: [0, 0] });
      expect(generationsUsed).toBe(2);
    }
    expect(results.agreement).toEqual([]);
    expect(Object.keys(results.spending.byModel).sort()).toEqual(['lab-openai/lab-calculator', 'student/tiny']);
  });
});
