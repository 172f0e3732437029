/** Lays out a study's plan as lines for a terminal: what decides whether to start it comes first, explanations last. */
import type { Runtime } from '../../contracts/plan.ts';
import type { PlanDescription } from '../../domain/plan/describe-plan.ts';
import { formatDollars } from '../../domain/report/page/format.ts';
import { alignColumns, wrap } from './layout.ts';

interface Frame {
  readonly width: number;
  readonly limits: Runtime['limits'];
}

export function layOutPlan(plan: PlanDescription, frame: Frame): string[] {
  const sections = [
    head(plan),
    callSection(plan),
    costNotes(plan, frame),
    corpusSection(plan, frame),
    exposureSection(plan),
    checkSection(plan, frame),
    precisionSection(plan, frame),
    retiredSection(plan, frame),
    refusedSection(plan, frame),
    hintSection(plan),
    differenceSection(plan, frame),
    noteSection(plan, frame),
  ];
  return joinSections(sections);
}

/** Joins the sections that have lines, with a blank line between two. */
const joinSections = (sections: readonly (readonly string[])[]): string[] =>
  sections.filter((lines) => lines.length > 0).flatMap((lines, index) => (index === 0 ? lines : ['', ...lines]));

const count = (value: number): string => value.toLocaleString('en');
/** Formats all figures of a table with as many decimals as its sum needs, so that decimal points align. */
const moneyBelow = (sum: number) => {
  const digits = sum > 0 && sum < 10 ? 4 : 2;
  return (usd: number): string =>
    `$${usd.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })}`;
};
const indented = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

const head = ({ study, title, hash, cells }: PlanDescription): string[] => [
  `Study ${study}${title ? `: ${title}` : ''}`,
  `Plan  ${hash}, ${count(cells)} cells`,
];

function callSection({ calls, byModel, totals }: PlanDescription): string[] {
  const money = moneyBelow(totals.usd);
  const cost = (usd: number | null) => (usd === null ? '-' : money(usd));
  const rows = calls.map(({ phase, role, mode, model, calls: asked, inputTokens, outputTokens, usd }) => {
    return [
      phase,
      mode === 'batch' ? `${role}, by batch` : role,
      model,
      count(asked),
      count(inputTokens),
      count(outputTokens),
      cost(usd),
    ];
  });
  const repeated = byModel.filter(({ model }) => calls.filter((row) => row.model === model).length > 1);
  const sums = repeated.map(({ model, calls: asked, usd }) => ['', 'together', model, count(asked), '', '', cost(usd)]);
  const table = [
    ['phase', 'role', 'model', 'calls', 'tokens in', 'tokens out', 'cost'],
    ...rows,
    ...sums,
    ['in all', '', '', count(totals.calls), '', '', money(totals.usd)],
  ];
  return ['Calls and cost', ...indented(alignColumns(table, [3, 4, 5, 6]))];
}

function costNotes(plan: PlanDescription, { width, limits }: Frame): string[] {
  const { calls, totals, unpriced } = plan;
  const lines = [
    'Evaluation is counted exactly; composing up to its target, should seven of ten texts be kept; tokens are estimated at four characters each.',
    ...modelDataNotes(plan),
    ...(calls.some(({ mode }) => mode === 'batch') ? [batchNote(totals.savedUsd)] : []),
    ...(unpriced.length > 0
      ? [`No price in the study file for ${unpriced.join(', ')}: these calls count as free until \`prices\` names one.`]
      : []),
    ...(limits.usd === undefined ? [] : [limitNote(totals.usd, limits.usd)]),
  ];
  return lines.flatMap((line) => indented(wrap(line, width - 2)));
}

function modelDataNotes({ modelDataAsOf, otherPrices, tokenFactors }: PlanDescription): string[] {
  const known = (price: PlanDescription['otherPrices'][number]): string =>
    `Known price of ${price.model}: $${price.input} and $${price.output} per million tokens${price.checked ? '' : ' (not checked)'}; the study file names another one, or none.`;
  return [
    ...tokenFactors.map(({ model, factor }) => `${model} is counted with ${factor} times as many.`),
    ...otherPrices.map(known),
    ...(modelDataAsOf === null ? [] : [`What is known of makers' models (catalogs/models) is as of ${modelDataAsOf}.`]),
  ];
}

const batchNote = (saved: number): string =>
  `By batch costs ${formatDollars(saved)} less than single calls would; each batch may take a day, and the turns of a text and its gradings need one after another.`;

/** Compares the estimate with the cap. A study that reaches its cap waits for a person, so a warning belongs here. */
const limitNote = (usd: number, limit: number): string =>
  usd > limit
    ? `The estimate exceeds \`limits.usd\` (${formatDollars(limit)}): lower the counts or raise the limit before a start.`
    : `The estimate stays below \`limits.usd\` (${formatDollars(limit)}).`;

function corpusSection({ corpus }: PlanDescription, { width }: Frame): string[] {
  const several = corpus.some(({ partition }) => partition > 0);
  const rows = corpus.map(({ partition, k, target, planned, exampleTokens, maxLength }) => [
    ...(several ? [`partition ${partition}`] : []),
    `k = ${k}`,
    `${count(target)} to keep`,
    `of at most ${count(planned)}`,
    `about ${count(exampleTokens)} of ${count(maxLength)} tokens each`,
  ]);
  const long = corpus.some(({ exampleTokens, maxLength }) => exampleTokens > 0.9 * maxLength);
  const warning = long
    ? wrap(
        'Some examples will exceed `maxLength`: see `training.overlong`, and count with the tokenizer of each student.',
        width - 2,
      )
    : [];
  return ['Training texts', ...indented(alignColumns(rows)), ...indented(warning)];
}

function exposureSection({ exposure: { arm, rows } }: PlanDescription): string[] {
  if (arm === null) return [];
  const ks = [...new Set(rows.map(({ k }) => k))];
  const settings = [...new Set(rows.map(({ setting }) => setting))];
  const cell = (setting: string, k: number) => {
    const row = rows.find((candidate) => candidate.setting === setting && candidate.k === k);
    return row ? `${(100 * row.share).toFixed(1)} %` : '';
  };
  const table = [
    ['setting', ...ks.map((k) => `k = ${k}`)],
    ...settings.map((setting) => [setting, ...ks.map((k) => cell(setting, k))]),
  ];
  const figures = ks.map((_, index) => index + 1);
  const title = `Share of evaluated skill sets to expect among the training texts of arm ${arm}`;
  return [title, ...indented(alignColumns(table, figures))];
}

function checkSection({ checks: { points, graderAsked, leadingBack } }: PlanDescription, { width }: Frame): string[] {
  if (points.length === 0) return [];
  const named = points.map(({ point, kind }) => `${point} (${kind})`).join(', ');
  const text = `${named}.${graderAsked ? '' : ' No grader is asked: the one that the study names only heads the rows.'}`;
  const back = leadingBack.filter((row) => row.back > 0);
  const rows = back.map((row) => [row.list, `k = ${row.k}`, `${count(row.back)} of ${count(row.combinations)}`]);
  const note = 'Combinations that end where they started, so that their last result may be right without any work:';
  return [
    'Points that programs decide',
    ...indented(wrap(text, width - 2)),
    ...(back.length > 0 ? indented([...wrap(note, width - 2), ...alignColumns(rows)]) : []),
  ];
}

function precisionSection({ precision }: PlanDescription, { width }: Frame): string[] {
  const { combinations, rate, difference, detectable, needed } = precision;
  const points = (value: number) => (100 * value).toFixed(1);
  const text =
    `With ${count(combinations)} combinations of each k and setting, a 95 % interval reaches at worst ${points(rate)} points to each side of a rate, and ` +
    `${points(difference)} of a difference between arms whose scores have nothing in common; such a difference of ${points(detectable)} points would show in four of five studies.`;
  const table = [
    ['points to each side', 'combinations for a rate', 'for a difference'],
    ...needed.map((row) => [points(row.halfWidth), count(row.rate), count(row.difference)]),
  ];
  return ['How exact it will be', ...indented(wrap(text, width - 2)), ...indented(alignColumns(table, [0, 1, 2]))];
}

function retiredSection({ retired }: PlanDescription, { width }: Frame): string[] {
  if (retired.length === 0) return [];
  const rows = retired.map(({ role, model, since }) => [role, model, `since ${since}`]);
  const remedy =
    'The study can be planned, not started: name substitutes in a copy, as studies/paper-today.yaml does, and mark them as deviations.';
  return ['No longer served', ...indented(alignColumns(rows)), ...indented(wrap(remedy, width - 2))];
}

function hintSection({ endpointHints }: PlanDescription): string[] {
  return endpointHints.map(
    ({ provider, endpoint }) =>
      `Note: providers.${provider}.endpoint is ${endpoint}; most servers of this protocol answer under ${endpoint.replace(/\/$/, '')}/v1.`,
  );
}

function refusedSection({ refused }: PlanDescription, { width }: Frame): string[] {
  if (refused.length === 0) return [];
  const rows = refused.map(({ role, model, refused: what }) => [role, model, what]);
  const remedy =
    'Every such request will fail and its item be missing: write `not sent` there, and mark it in `notes`.';
  return ['Refused by the model', ...indented(alignColumns(rows)), ...indented(wrap(remedy, width - 2))];
}

function differenceSection({ differences }: PlanDescription, { width }: Frame): string[] {
  if (differences.length === 0) return ['Does not differ from the published study (studies/paper.yaml).'];
  const lines = differences.flatMap(({ area, differences: places }) => [
    `  ${area}`,
    ...groupByParent(places).flatMap((text) => wrap(text, width - 4, 2).map((line) => `    ${line}`)),
  ]);
  return ['Differs from the published study (studies/paper.yaml: theirs -> this one)', ...lines];
}

/** Puts changes below the same key on one line: `teacher: provider: openai -> lab; model: ...`. */
function groupByParent(places: readonly { place: string; change: string }[]): string[] {
  const groups = new Map<string, string[]>();
  for (const { place, change } of places) {
    const cut = place.lastIndexOf('.');
    const [parent, leaf] = cut < 0 ? [place, ''] : [place.slice(0, cut), place.slice(cut + 1)];
    groups.set(parent, [...(groups.get(parent) ?? []), leaf === '' ? change : `${leaf}: ${change}`]);
  }
  return [...groups].map(([parent, changes]) => `${parent}: ${changes.join('; ')}`);
}

const NOTE_TITLES = {
  deviation: 'Deviations from the published study, as the study file marks them',
  retired: 'Retired, as the study file marks it',
  ours: 'Left open by the publication and chosen by the study file',
} as const;

function noteSection({ notes }: PlanDescription, { width }: Frame): string[] {
  const groups = (['retired', 'deviation', 'ours'] as const).map((kind) => {
    const lines = notes
      .filter((note) => note.kind === kind)
      .flatMap(({ at, why }) => wrap(`${at}: ${why}`, width - 2, 2).map((line) => `  ${line}`));
    return lines.length > 0 ? [NOTE_TITLES[kind], ...lines] : [];
  });
  return joinSections(groups);
}
