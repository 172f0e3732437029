/** Checks of a study file that a schema cannot express: its parts fit each other and the catalog. */
import type { Catalog } from '../../contracts/catalog.ts';
import { UserError } from '../../contracts/failures.ts';
import { TOKEN_RATES } from '../../contracts/messages.ts';
import type { Partition } from '../../contracts/plan.ts';
import type { Study } from '../../contracts/study.ts';
import { isTrained, NOT_SENT } from '../../contracts/study.ts';
import { omit } from '../basics/omit.ts';
import { readMixSource } from '../corpus/mix-source.ts';
import { modelName, unpricedModels } from '../money/spending.ts';
import { judgesAny } from '../rubric/rubric-checks.ts';
import { checkArms } from './check-arms.ts';
import { checkStudentParameters } from './check-asking.ts';
import { checkCatalog } from './check-catalog.ts';
import { checkHistories } from './check-histories.ts';
import { checkHypotheses } from './check-hypotheses.ts';
import { checkNotes } from './check-notes.ts';
import { checkProviders } from './check-providers.ts';
import { requireKnown, requireUnique } from './require.ts';
import { rolesOf } from './roles-of.ts';

/** Throws `UserError` naming the first place that cannot work. */
export function checkStudy(study: Study, catalog: Catalog): void {
  checkCatalog(catalog);
  checkIds(study);
  checkRoles(study, catalog);
  checkProviders(study);
  checkTurns(study, catalog);
  checkBases(study);
  study.students.forEach(checkStudentParameters);
  checkArms(study);
  checkTraining(study);
  checkMoney(study);
  checkSplit(study, catalog);
  checkSize(study);
  checkHistories(study, catalog);
  checkHypotheses(study);
  checkNotes(study);
}

function checkIds({ students, graders, evaluation, training }: Study): void {
  requireUnique(
    'students',
    students.map(({ id }) => id),
  );
  requireUnique(
    'graders',
    graders.map(({ id }) => id),
  );
  requireUnique(
    'evaluation.settings',
    evaluation.settings.map(({ id }) => id),
  );
  requireUnique('evaluation.k', evaluation.k.map(String));
  const seeds = training.replicates.map(({ dataSeed, trainSeed }) => `dataSeed ${dataSeed}, trainSeed ${trainSeed}`);
  requireUnique('training.replicates', seeds);
  requireUnique(
    'graders (by what they are asked)',
    graders.map((grader) => JSON.stringify(omit(grader, 'id', 'mode'))),
  );
}

function checkRoles(study: Study, catalog: Catalog): void {
  const providers = Object.keys(study.providers);
  for (const [place, role] of rolesOf(study)) {
    const known = place === 'teacher' ? catalog.prompts.teacher : catalog.prompts.grader;
    requireKnown(`${place}.provider`, role.provider, providers);
    requireKnown(`${place}.prompt`, role.prompt, Object.keys(known));
  }
  for (const { id, base } of study.students)
    if (base.from === 'pretrain' && base.recipe === 'derivations' && catalog.rubric.derivation?.values !== 'algebra')
      throw new UserError(
        `students.${id}.base.recipe: derivations, but catalog "${catalog.name}" has no derivation of algebra.`,
        'Name a downloaded base (`from: hub`), or give the rubric a derivation.',
      );
  const prompts = Object.keys(catalog.prompts.student);
  for (const student of study.students) requireKnown(`students.${student.id}.prompt`, student.prompt, prompts);
  for (const arm of study.arms)
    if (!isTrained(arm) && arm.prompt) requireKnown(`arms.${arm.id}.prompt`, arm.prompt, prompts);
  if (!judgesAny(catalog.rubric) && study.graders.length > 1)
    throw new UserError(
      `graders: ${study.graders.length} are named, but programs decide every point of catalog "${catalog.name}".`,
      'Name one: no grader is asked, and its id only names the rows of results.',
    );
}

/** Arms are compared on prompts with equally many turns, and two-turn training samples need prompts with two. */
function checkTurns(study: Study, catalog: Catalog): void {
  const { student: prompts, teacher } = catalog.prompts;
  const turnsOf = (name: string) => prompts[name]?.turns.length ?? 0;
  for (const student of study.students) {
    const turns = turnsOf(student.prompt);
    for (const arm of study.arms)
      if (!isTrained(arm) && arm.prompt && turnsOf(arm.prompt) !== turns)
        throw new UserError(
          `arms.${arm.id}.prompt: "${arm.prompt}" has ${turnsOf(arm.prompt)} turn(s), prompt "${student.prompt}" of student ${student.id} has ${turns}.`,
          'The arms of a student are compared on prompts with the same number of turns: choose another one.',
        );
    const taught = teacher[study.teacher.prompt]?.turns.length ?? 0;
    if (study.training.sample === 'two-turn' && (turns < 2 || taught < 2))
      throw new UserError(
        `training.sample: two-turn, but prompt "${student.prompt}" of student ${student.id} has ${turns} turn(s) and the teacher's has ${taught}.`,
        'Write `sample: one-turn`, or name prompts with two turns.',
      );
  }
}

/** The trainer refuses such a base too, but only when texts have been paid for already. */
function checkBases({ students }: Study): void {
  for (const { id, base } of students) {
    if (base.from !== 'pretrain') continue;
    const { width, heads } = base.architecture;
    if (width % (2 * heads) === 0) continue;
    throw new UserError(
      `students.${id}.base.architecture: width ${width} is no multiple of twice the heads (${heads}).`,
      `Write a width that is, as ${2 * heads * Math.ceil(width / (2 * heads))}, or another number of heads.`,
    );
  }
}

function checkTraining({ training, compose }: Study): void {
  if (training.mix) readMixSource(training.mix);
  for (const k of Object.keys(compose.maxPlanned))
    if (compose.kept[k] === undefined)
      throw new UserError(
        `compose.maxPlanned.${k}: no text with k = ${k} is kept.`,
        `Add ${k} to \`compose.kept\` or leave it out here.`,
      );
}

/** A misspelt model would have no price and seem free, and a cap cannot cover what has no price. */
function checkMoney({ teacher, keepGrader, graders, students, prices, rates, limits, providers }: Study): void {
  const roles = [teacher, keepGrader, ...graders];
  const models = [...new Set(roles.map(modelName))];
  const ids = students.map(({ id }) => id);
  for (const name of Object.keys(prices))
    requireKnown('prices', name, [...models, ...ids.map((id) => `student/${id}`)]);
  for (const name of Object.keys(rates)) requireKnown('rates', name, [...models, ...ids]);
  const limited = ids.flatMap((id) =>
    TOKEN_RATES.flatMap((kind) => (rates[id]?.[kind] === undefined ? [] : [`${id}.${kind}`])),
  );
  if (limited[0] !== undefined)
    throw new UserError(
      `rates.${limited[0]}: a student is served here and has no token rate.`,
      'Leave it out and set `concurrency` instead.',
    );
  if (limits.usd === undefined) return;
  const open = roles.find((role) => role.parameters.maxTokens === NOT_SENT && prices[modelName(role)]);
  if (open)
    throw new UserError(
      `limits.usd: ${modelName(open)} may reply at any length, as its maxTokens is not sent, so no cap can be kept.`,
      'Send `maxTokens`, or leave out `limits.usd`.',
    );
  const [free] = unpricedModels({ teacher, keepGrader, graders, providers, prices });
  if (free !== undefined)
    throw new UserError(
      `limits.usd: ${limits.usd} cannot be compared with the cost, as \`prices\` has none for ${free}.`,
      'Name its price in dollars per million tokens; 0 for a server of your own.',
    );
}

function checkSplit({ split, partitions }: Study, catalog: Catalog): void {
  if (partitions > 1 && split.by !== 'random')
    throw new UserError(
      `partitions: ${partitions} partitions need \`split: {by: random}\`.`,
      'Set `partitions: 1` or split at random.',
    );
  if (split.by !== 'random') return;
  requireBelow('split.trainSkills', split.trainSkills, catalog.skills.length);
  requireBelow('split.trainTopics', split.trainTopics, catalog.topics.length);
}

/** Ten times the scale that Etude is made for; a larger number is more likely a typing error than a study. */
const MAX_COMBINATIONS = 1_000_000;

function checkSize({ compose, evaluation, partitions }: Study): void {
  const composed = Object.values(compose.maxPlanned).reduce((sum, planned) => sum + planned, 0);
  const evaluated = evaluation.k.length * evaluation.settings.length * evaluation.combinations;
  const all = partitions * (composed + evaluated);
  if (all > MAX_COMBINATIONS)
    throw new UserError(
      `${all.toLocaleString('en')} combinations: compose.maxPlanned and evaluation ask for more than ${MAX_COMBINATIONS.toLocaleString('en')} over all partitions.`,
      'Lower them, or split the study into several.',
    );
}

/** Throws where a partition cannot give the combinations that the study asks for. */
export function checkPartition(study: Pick<Study, 'compose' | 'evaluation'>, { sides }: Partition): void {
  for (const [side, pool] of Object.entries(sides))
    if (pool.skills.length === 0 || pool.topics.length === 0)
      throw new UserError(
        `split: the ${side} side has ${pool.skills.length} skills and ${pool.topics.length} topics; both sides need some of each.`,
        'Change `split` in the study file or the sides in the catalog.',
      );
  const [train, heldOut] = [sides.train.skills.length, sides['held-out'].skills.length];
  const sizes = { train, 'held-out': heldOut, all: train + heldOut };
  for (const k of Object.keys(study.compose.kept)) requireDrawable(`compose.kept.${k}`, Number(k), 'train', train);
  for (const { id, skills } of study.evaluation.settings)
    for (const k of study.evaluation.k) requireDrawable(`evaluation.k, setting ${id}`, k, skills, sizes[skills]);
}

function requireBelow(place: string, value: number, total: number): void {
  if (value < total) return;
  throw new UserError(`${place}: ${value} of ${total} leaves nothing held out.`, `Choose at most ${total - 1}.`);
}

function requireDrawable(place: string, k: number, side: string, available: number): void {
  if (k <= available) return;
  throw new UserError(
    `${place}: k = ${k} is larger than the ${side} pool of ${available} skills.`,
    `Choose k up to ${available} or a larger pool.`,
  );
}
