/** What was planned: arms, models with their parameters, split sizes, and where the plan leaves the published study. */
import { html } from 'hono/html';
import type { Plan } from '../../../contracts/plan.ts';
import {
  type Arm,
  type BaseModel,
  type Budget,
  isTrained,
  type Parameters,
  type TrainedArm,
} from '../../../contracts/study.ts';
import { modelName } from '../../money/spending.ts';
import { countOf, formatCount, joinWords } from '../page/format.ts';
import { ksOf } from '../page/layout.ts';
import { type Html, renderTable } from '../page/markup.ts';

function describeBudget(budget: Budget): string {
  if ('steps' in budget) return countOf(budget.steps, 'step');
  return 'epochs' in budget ? `${budget.epochs} epochs` : countOf(budget.tokens, 'token');
}

function describeTexts(arm: TrainedArm): string {
  const taken = ksOf(arm).map((k) => {
    const count = arm.take[String(k)];
    return `${typeof count === 'number' ? formatCount(count) : 'all'} texts of k = ${k}`;
  });
  return joinWords(taken) + (arm.match ? `, matched to arm ${arm.match.arm} by ${arm.match.by}` : '');
}

export const renderArms = ({ science }: Plan): Html =>
  renderTable<Arm>({
    caption: html`<b>Arms.</b> How each student was tuned. Arms that are not matched differ in how many texts they have
      as well as in k, and at one budget an arm with fewer texts sees each more often; the certificate counts them.`,
    columns: [
      { head: 'arm', kind: 'name', cell: ({ id }) => id },
      {
        head: 'fine-tuned on',
        kind: 'text',
        cell: (arm) => (isTrained(arm) ? describeTexts(arm) : 'nothing (untrained)'),
      },
      {
        head: 'budget',
        kind: 'text',
        cell: (arm) => (isTrained(arm) ? describeBudget(arm.budget ?? science.training.budget) : 'none'),
      },
      { head: 'prompt', kind: 'text', cell: (arm) => (isTrained(arm) ? undefined : arm.prompt) ?? "the student's own" },
    ],
    groups: [{ rows: science.arms }],
  });

interface ModelRow {
  readonly role: string;
  readonly model: string;
  readonly prompt: string;
  readonly parameters: Parameters;
}

function modelsOf({ science }: Plan): ModelRow[] {
  const { teacher, keepGrader, graders, students } = science;
  return [
    { ...teacher, role: 'teacher', model: modelName(teacher) },
    { ...keepGrader, role: `grader of training texts (${keepGrader.id})`, model: modelName(keepGrader) },
    ...graders.map((grader) => ({ ...grader, role: `grader ${grader.id}`, model: modelName(grader) })),
    ...students.map(({ id, base, ...student }) => ({ ...student, role: `student ${id}`, model: nameBase(base) })),
  ];
}

const nameBase = (base: BaseModel): string =>
  base.from === 'hub' ? `${base.name}, ${base.revision}` : `pre-trained here (${base.recipe}, ${base.variant})`;

export const renderModels = (plan: Plan): Html =>
  renderTable<ModelRow>({
    caption: html`<b>Models and parameters.</b> “Not sent” leaves the choice to the provider.`,
    columns: [
      { head: 'role', kind: 'name', cell: ({ role }) => role },
      { head: 'model', kind: 'text', cell: ({ model }) => model },
      { head: 'prompt', kind: 'text', cell: ({ prompt }) => prompt },
      { head: 'most tokens', cell: ({ parameters }) => parameters.maxTokens },
      { head: 'temperature', cell: ({ parameters }) => parameters.temperature },
      { head: 'top p', cell: ({ parameters }) => parameters.topP },
      { head: 'seed', cell: ({ parameters }) => parameters.seed },
    ],
    groups: [{ rows: modelsOf(plan) }],
  });

interface SideRow {
  readonly partition: number;
  readonly side: string;
  readonly skills: number;
  readonly topics: number;
}

export const renderSplit = ({ partitions, science }: Plan): Html =>
  renderTable<SideRow>({
    caption: html`<b>Split</b> (by ${science.split.by}).`,
    columns: [
      { head: 'side', kind: 'name', cell: ({ side }) => side },
      ...(partitions.length > 1 ? [{ head: 'partition', cell: ({ partition }: SideRow) => partition }] : []),
      { head: 'skills', cell: ({ skills }) => skills },
      { head: 'topics', cell: ({ topics }) => topics },
    ],
    groups: [
      {
        rows: partitions.flatMap(({ index, sides }) =>
          (['train', 'held-out'] as const).map((side) => ({
            ...{ partition: index, side },
            skills: sides[side].skills.length,
            topics: sides[side].topics.length,
          })),
        ),
      },
    ],
  });

const KINDS = {
  ours: 'ours: the published study does not say',
  deviation: 'deviation: the published study does otherwise',
  retired: 'retired: what the published study used is gone',
} as const;

type Note = Plan['science']['notes'][number];

export const renderNotes = ({ science }: Plan): Html =>
  renderTable<Note>({
    caption: html`<b>Where this study differs</b> from “Can Models Learn Skill Composition from Examples?” (arXiv
      2409.19808), as its study file declares.`,
    columns: [
      { head: 'setting', kind: 'name', cell: ({ at }) => at },
      { head: 'kind', kind: 'text', cell: ({ kind }) => KINDS[kind] },
      { head: 'why', kind: 'text', cell: ({ why }) => why },
    ],
    groups: [{ rows: science.notes }],
    empty:
      'The study file declares no differences from the published study (arXiv 2409.19808); that is no proof that there are none.',
  });
