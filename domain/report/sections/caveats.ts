/** What a reader must know before believing a number: the catalog's note and what the plan itself implies. */
import { html } from 'hono/html';
import type { Plan } from '../../../contracts/plan.ts';
import type { Results } from '../../../contracts/results.ts';
import { isTrained } from '../../../contracts/study.ts';
import { modelName } from '../../money/spending.ts';
import { judgesAny } from '../../rubric/rubric-checks.ts';
import { countOf, formatNumber, joinWords } from '../page/format.ts';
import { settingOn } from '../page/layout.ts';
import { type Html, renderList } from '../page/markup.ts';

export function caveatsOf(plan: Plan, results: Results): string[] {
  return [
    ...(plan.catalog.note === undefined ? [] : [plan.catalog.note.trim()]),
    ...skippedCells(results),
    ...designedWorld(plan),
    ...promptedArms(plan),
    ...graderCaveats(plan),
    ...samplingCaveats(plan),
    ...exposureCaveats(plan, results),
    ...nearSynonyms(plan),
  ];
}

/** Cells that an operator gave up while the study ran. */
function skippedCells({ amendments }: Results): string[] {
  return amendments.map(
    ({ cell, why }) =>
      `Cell ${cell} was given up while the study ran (“${why}”): what was answered before counts, the rest is missing, and the bounds show what it could change.`,
  );
}

function designedWorld(plan: Plan): string[] {
  const bases = plan.science.students.flatMap(({ base }) => (base.from === 'pretrain' ? [base] : []));
  const variants = bases.filter(({ recipe }) => recipe === 'lab').map(({ variant }) => variant);
  return [
    ...(bases.some(({ recipe }) => recipe === 'derivations')
      ? [
          'The base was pre-trained on solved operations of all skills, held-out ones too, and on texts that stop before the last of several operations. So a gain on held-out skills is not a new operation: it is that texts are worked through to the end.',
        ]
      : []),
    ...(variants.length > 0
      ? [
          'No score is scripted; the world and the base model were designed, and this configuration was chosen after several designs because it shows the effect.',
        ]
      : []),
    ...(variants.includes('elicited')
      ? [
          'The held-out gain is elicited behaviour in a synthetic grammar whose base was designed to contain it; nothing in it is called “learned composition”.',
        ]
      : []),
    ...(variants.includes('strict')
      ? ['The strict base never saw held-out skills combined in pre-training; it was designed too.']
      : []),
  ];
}

function promptedArms(plan: Plan): string[] {
  return plan.science.arms.flatMap((arm) =>
    isTrained(arm) || arm.prompt === undefined
      ? []
      : [
          `Arm ${arm.id} is not trained at all: it is the base under the prompt “${arm.prompt}”. What it reaches was in the base already, so fine-tuning can claim at most what lies beyond it.`,
        ],
  );
}

function graderCaveats({ science, catalog }: Plan): string[] {
  if (!judgesAny(catalog.rubric))
    return ['Programs decided every point; they see what their rules name, and nothing else that a text says.'];
  const same = science.graders.filter((grader) => modelName(grader) === modelName(science.keepGrader));
  const own = science.graders.filter((grader) => modelName(grader) === modelName(science.teacher));
  return [
    ...(same.length > 0
      ? [
          `The training texts were chosen by the model of grader ${joinWords(same.map(({ id }) => id))}: its scores may reward what it chose itself.`,
        ]
      : []),
    ...(own.length > 0
      ? [`The model of grader ${joinWords(own.map(({ id }) => id))} also wrote the training texts (self-preference).`]
      : []),
    ...sharedRules(science),
    'Scores are graders’ judgements; how far graders agree is in the agreement table.',
  ];
}

/** The lab's second grader is the first one with noise, which a reader of "two graders" must know. */
function sharedRules({ graders }: Plan['science']): string[] {
  const ofModel = (name: string) => graders.filter(({ model }) => model === name).map(({ id }) => id);
  const [strict, lenient] = [ofModel('lab-strict'), ofModel('lab-lenient')];
  if (strict.length === 0 || lenient.length === 0) return [];
  return [
    `Grader ${joinWords(lenient)} has the rules of grader ${joinWords(strict)} and then gives missed points, and withholds earned ones, by chance: a result under both graders survives leniency and noise, but no second opinion confirms it.`,
  ];
}

function samplingCaveats({ science, partitions }: Plan): string[] {
  const { aggregate, generations } = science.evaluation;
  return [
    ...(aggregate.generations === 'max' && generations > 1
      ? [
          `A combination counts by the best of ${generations} generations, which lifts every score; the mean over generations is in the tables.`,
        ]
      : []),
    ...(science.training.replicates.length === 1
      ? ['Each arm was trained once: no interval here covers the spread between trainings.']
      : []),
    ...(partitions.length === 1
      ? ['There is one split into train and held-out skills; another split may give other numbers.']
      : []),
  ];
}

/** How many of the skill sets evaluated on train skills had occurred in training. */
function exposureCaveats(plan: Plan, { cells }: Results): string[] {
  const train = settingOn(plan, 'train');
  const trained = new Set(plan.science.arms.filter(isTrained).map(({ id }) => id));
  const shares = cells
    .filter(({ setting, arm, k }) => setting === train && trained.has(arm) && k > 1)
    .map(({ exposure }) => exposure);
  const most = Math.max(0, ...shares);
  if (most === 0) return [];
  const share = `${formatNumber(most * 100, 0)}\u00a0%`;
  return [
    `On train skills some evaluated skill sets occurred in training (up to ${share} of a cell’s sets with k above 1; column “exposure”): there, the setting tests recall as well as composition.`,
  ];
}

/** Pairs of near-synonyms that a partition separates: one is trained, the other held out. */
function nearSynonyms({ catalog, partitions }: Plan): string[] {
  const isParted = (skills: readonly string[]) =>
    partitions.some(({ sides }) => skills.filter((id) => sides.train.skills.includes(id)).length === 1);
  const nameOf = (id: string) => catalog.skills.find((skill) => skill.id === id)?.name ?? id;
  const pairs = catalog.nearSynonyms
    .filter(({ skills }) => isParted(skills))
    .map(({ skills, note }) => `${skills.map(nameOf).join(' / ')} (${note})`);
  return pairs.length === 0 ? [] : [`Some held-out skills are near-synonyms of train skills: ${pairs.join('; ')}.`];
}

/** Folded, so that the figures come first; the line that opens it says how many there are. */
export function renderCaveats(plan: Plan, results: Results): Html {
  const caveats = caveatsOf(plan, results);
  return html`<aside class="caveats" aria-labelledby="caveats">
    <details>
      <summary id="caveats">Before you read the numbers: ${countOf(caveats.length, 'caveat')}</summary>
      ${renderList(caveats)}
    </details>
  </aside>`;
}
