/** What a plan will ask and cost, before the first call. Evaluation is counted exactly, composing up to its target. */
import type { GraderPrompt, WriterPrompt } from '../../contracts/catalog.ts';
import type { Plan, PlannedCombination } from '../../contracts/plan.ts';
import { isTrained, NOT_SENT, type Grader, type Mode, type Parameters } from '../../contracts/study.ts';
import type { TokenFactor } from '../models/token-factors.ts';
import { bookingOf, costOf, toUsd, type Booking } from '../money/spending.ts';
import { promptView, render } from '../requests/prompt-view.ts';
import { graderPrompt, studentOf, studentPrompt, teacherPrompt } from '../requests/requests.ts';
import { roundsOf } from '../rubric/rubric-checks.ts';

export interface EstimateRow {
  readonly phase: 'compose' | 'evaluate';
  readonly role: string;
  /** `provider/model`, or `student/<id>`. */
  readonly model: string;
  readonly mode: Mode;
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Null: the study file names no price. */
  readonly usd: number | null;
  /** What the batch saves against the price of single calls; 0 for a role that is asked singly. */
  readonly savedUsd: number;
}

/** English text has about four characters a token. */
const CHARACTERS_PER_TOKEN = 4;
/** Tokens of a reply as they grow with k (Skill-Mix: 250 and 375 at k = 3): a text with its explanation, a bare text, a grading. */
const labelledTokens = (k: number): number => 70 + 60 * k;
const plainTokens = (k: number): number => 20 + 10 * k;
const gradingTokens = (k: number, { tokensPerPoint = 60 }: GraderPrompt): number => 15 + tokensPerPoint * (k + 3);
/**
 * Share of composed texts that the keep rule and dedupe are expected to leave; a study's real share is known only
 * afterwards.
 */
const EXPECTED_KEPT = 0.7;
/**
 * So many prompts of a list are rendered and measured; the rest are counted like them, as they differ little in length.
 */
const RENDERED = 60;

export const tokensOf = (text: string): number => Math.ceil(text.length / CHARACTERS_PER_TOKEN);

const replyTokens = ({ answer }: WriterPrompt, k: number): number =>
  answer === 'plain' ? plainTokens(k) : labelledTokens(k);

/** One row for each role in each phase. */
export function estimatePlan(plan: Plan, factorOf: TokenFactor = () => 1): EstimateRow[] {
  return [...composeRows(plan, factorOf), ...evaluateRows(plan, factorOf)].filter(({ calls }) => calls > 0);
}

export const expectedCalls = (plan: Plan): number => estimatePlan(plan).reduce((sum, { calls }) => sum + calls, 0);

interface Bill {
  readonly calls: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

const NOTHING: Bill = { calls: 0, inputTokens: 0, outputTokens: 0 };

const addBills = (bills: readonly Bill[]): Bill =>
  bills.reduce(
    (sum, bill) => ({
      calls: sum.calls + bill.calls,
      inputTokens: sum.inputTokens + bill.inputTokens,
      outputTokens: sum.outputTokens + bill.outputTokens,
    }),
    NOTHING,
  );

/** What `times` requests for each item cost, where one item costs `billOne`. */
function billList(items: readonly PlannedCombination[], times: number, billOne: (item: PlannedCombination) => Bill) {
  const rendered = items.slice(0, RENDERED);
  const { calls, inputTokens, outputTokens } = addBills(rendered.map(billOne));
  const scale = (total: number) => Math.round((total * items.length * times) / Math.max(1, rendered.length));
  return { calls: scale(calls), inputTokens: scale(inputTokens), outputTokens: scale(outputTokens) };
}

const limited = (tokens: number, { maxTokens }: Parameters): number =>
  maxTokens === NOT_SENT ? tokens : Math.min(tokens, maxTokens);

/** The calls of one conversation. Every turn sends everything that was said before once more. */
function billConversation(plan: Plan, prompt: WriterPrompt, parameters: Parameters, item: PlannedCombination): Bill {
  const view = promptView(plan.catalog, item);
  const said = limited(replyTokens(prompt, view.k), parameters);
  let bill = NOTHING;
  let sent = 0;
  for (const turn of prompt.turns) {
    sent += tokensOf(render(turn, view));
    bill = addBills([bill, { calls: 1, inputTokens: sent, outputTokens: said }]);
    sent += said;
  }
  return bill;
}

function billGrading(plan: Plan, prompt: GraderPrompt, parameters: Parameters, item: PlannedCombination): Bill {
  const k = item.skills.length;
  const asked = tokensOf(render(prompt.turn, promptView(plan.catalog, item, ''))) + plainTokens(k);
  return { calls: 1, inputTokens: asked, outputTokens: limited(gradingTokens(k, prompt), parameters) };
}

function toRow(
  { science: { prices } }: Plan,
  { phase, role }: Pick<EstimateRow, 'phase' | 'role'>,
  { model, mode }: Booking,
  { calls, ...tokens }: Bill,
  factorOf: TokenFactor,
): EstimateRow {
  const [inputTokens, outputTokens] = [tokens.inputTokens, tokens.outputTokens].map((count) =>
    Math.round(count * factorOf(model)),
  ) as [number, number];
  const bill = { calls, inputTokens, outputTokens };
  const cost = costOf(prices, model, bill, mode);
  const savedUsd = toUsd(costOf(prices, model, bill) - cost);
  return { phase, role, model, mode, ...bill, usd: prices[model] ? toUsd(cost) : null, savedUsd };
}

/** How many texts of a list are expected to be composed until its target is kept. */
const expectedComposed = ({ target, items }: Plan['compose'][number]): number =>
  Math.min(items.length, Math.ceil(target / EXPECTED_KEPT));

function composeRows(plan: Plan, factorOf: TokenFactor): EstimateRow[] {
  const { teacher, keepGrader, compose } = plan.science;
  const lists = plan.compose.map((list) => list.items.slice(0, expectedComposed(list)));
  const written = lists.map((items) =>
    billList(items, 1, (item) => billConversation(plan, teacherPrompt(plan), teacher.parameters, item)),
  );
  const graded = lists.map((items) => billGradings(plan, keepGrader, items, compose.keep.gradings));
  return [
    toRow(plan, { phase: 'compose', role: 'teacher' }, bookingOf(teacher), addBills(written), factorOf),
    toRow(
      plan,
      { phase: 'compose', role: `keep grader ${keepGrader.id}` },
      bookingOf(keepGrader),
      addBills(graded),
      factorOf,
    ),
  ];
}

const billGradings = (plan: Plan, grader: Grader, items: readonly PlannedCombination[], times: number): Bill =>
  billList(items, roundsOf(plan.catalog.rubric, times), (item) =>
    billGrading(plan, graderPrompt(plan, grader), grader.parameters, item),
  );

function evaluateRows(plan: Plan, factorOf: TokenFactor): EstimateRow[] {
  const { students, arms, graders, evaluation, training } = plan.science;
  const lists = plan.evaluation.map(({ items }) => items);
  const replicatesOf = (arm: (typeof arms)[number]) => (isTrained(arm) ? training.replicates.length : 1);
  const texts = students.map(({ id }) => {
    const { parameters } = studentOf(plan, id);
    const bills = arms.flatMap((arm) => {
      const prompt = studentPrompt(plan, id, arm.id);
      const times = evaluation.generations * replicatesOf(arm);
      return lists.map((items) => billList(items, times, (item) => billConversation(plan, prompt, parameters, item)));
    });
    return toRow(
      plan,
      { phase: 'evaluate', role: 'student' },
      { model: `student/${id}`, mode: 'single' },
      addBills(bills),
      factorOf,
    );
  });
  const tuned = students.length * arms.reduce((sum, arm) => sum + replicatesOf(arm), 0);
  const gradings = graders.map((grader) => {
    const times = tuned * evaluation.generations * evaluation.gradings;
    const bills = lists.map((items) => billGradings(plan, grader, items, times));
    return toRow(
      plan,
      { phase: 'evaluate', role: `grader ${grader.id}` },
      bookingOf(grader),
      addBills(bills),
      factorOf,
    );
  });
  return [...texts, ...gradings];
}

export interface ExampleLength {
  readonly k: number;
  /** English tokens of a typical training example. */
  readonly tokens: number;
  /** `maxLength` of the strictest student. */
  readonly limit: number;
}

/** How long training examples will be, in English tokens, against the length at which the trainer cuts or drops them. */
export function exampleLengths(plan: Plan): ExampleLength[] {
  const { students, arms, training } = plan.science;
  const arm = arms.find(isTrained);
  const student = students[0];
  if (!arm || !student) return [];
  const prompt = studentPrompt(plan, student.id, arm.id);
  const turns = training.sample === 'two-turn' ? prompt.turns : prompt.turns.slice(0, 1);
  const limit = Math.min(
    ...students.map(({ hyperparameters }) => (hyperparameters ?? training.hyperparameters).maxLength),
  );
  return plan.compose
    .filter(({ partition }) => partition === 0)
    .map(({ k, items }) => {
      const rendered = items.slice(0, RENDERED);
      const asked = rendered.map((item) =>
        tokensOf(turns.map((turn) => render(turn, promptView(plan.catalog, item))).join('')),
      );
      const mean = asked.reduce((sum, tokens) => sum + tokens, 0) / Math.max(1, rendered.length);
      return { k, tokens: Math.round(mean + turns.length * replyTokens(prompt, k)), limit };
    });
}
