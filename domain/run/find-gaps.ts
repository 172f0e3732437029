/** What a study lacks although its plan asked for it: short corpora, failed texts, missing gradings, failed arms. */
import { cellPath, tunedPath } from '../../contracts/ids.ts';
import type { CellOutcome, ComposedText } from '../../contracts/outcomes.ts';
import type { Gap } from '../../contracts/outputs/gaps.ts';
import type { ComposeList, Plan } from '../../contracts/plan.ts';
import type { Amendment, FailedArmRecord } from '../../contracts/results.ts';
import type { DroppedText } from '../corpus/corpus.ts';

/** One k of one partition as composing left it. */
export interface ComposedCorpus {
  readonly list: ComposeList;
  readonly kept: readonly unknown[];
  readonly composed: readonly ComposedText[];
  readonly dropped: readonly DroppedText[];
}

export interface FindGapsInput {
  readonly plan: Plan;
  readonly corpora: readonly ComposedCorpus[];
  readonly outcomes: readonly CellOutcome[];
  readonly failedArms: readonly FailedArmRecord[];
  /** Cells that a person gave up are no gap: that was a decision, and the results name it. */
  readonly amendments: readonly Amendment[];
}

/** In the order in which a study comes to them; none for a study that has everything. */
export function findGaps({ plan, corpora, outcomes, failedArms, amendments }: FindGapsInput): Gap[] {
  const skipped = new Set(amendments.map(({ cell }) => cell));
  const failed = new Set(failedArms.map(tunedPath));
  const measured = outcomes.filter((cell) => !failed.has(tunedPath(cell)) && !skipped.has(cellPath(cell, cell)));
  return [
    ...corpora.flatMap((corpus) => gapOfCorpus(plan, corpus)),
    ...failedArms.map((arm) => gapOfArm(plan, arm)),
    ...gapsOfTexts(plan, measured),
    ...gapsOfGradings(plan, measured),
  ];
}

function gapOfCorpus(plan: Plan, { list, kept, composed, dropped }: ComposedCorpus): Gap[] {
  const composing = plan.compose[list];
  if (!composing || kept.length >= composing.target) return [];
  const { k, partition, target } = composing;
  const where = plan.partitions.length > 1 ? `k = ${k}, partition ${partition}` : `k = ${k}`;
  const outcomeAt = new Map(composed.map(({ index, outcome }) => [index, outcome]));
  const reasons = dropped.map(({ index, reason }) => {
    const outcome = outcomeAt.get(index);
    return outcome?.end === 'failed' ? `failed: ${outcome.reason}` : DROPPED[reason];
  });
  return [{ kind: 'corpus', where, missing: target - kept.length, planned: target, reasons: countReasons(reasons) }];
}

const DROPPED: Readonly<Record<DroppedText['reason'], string>> = {
  refused: 'refused',
  truncated: 'truncated',
  failed: 'failed',
  ungraded: 'no readable grading',
  below: 'below the keep rule',
  duplicate: 'near duplicate',
  surplus: 'beyond the target',
};

function gapOfArm(plan: Plan, arm: FailedArmRecord): Gap {
  const cells = plan.evaluation.filter(({ partition }) => partition === arm.partition).length;
  const reasons = [{ reason: arm.details || arm.reason, count: 1 }];
  return { kind: 'arm', where: tunedPath(arm), missing: cells, planned: cells, reasons };
}

/** A text that failed is missing for every grader: it is counted once. */
function gapsOfTexts(plan: Plan, cells: readonly CellOutcome[]): Gap[] {
  const [first] = plan.science.graders;
  return cells.flatMap((cell): Gap[] => {
    if (cell.grader !== first?.id) return [];
    const texts = cell.items.flatMap(({ generations }) => generations);
    const reasons = texts.flatMap((text) => (text.end === 'failed' ? [`failed: ${text.reason}`] : []));
    if (reasons.length === 0) return [];
    const gap = { missing: reasons.length, planned: texts.length, reasons: countReasons(reasons) };
    return [{ kind: 'texts', where: cellPath(cell, cell), ...gap }];
  });
}

function gapsOfGradings(plan: Plan, cells: readonly CellOutcome[]): Gap[] {
  return plan.science.graders.flatMap(({ id }): Gap[] => {
    const byCell = cells.filter(({ grader }) => grader === id).map((cell) => ({ cell, gradings: gradingsOf(cell) }));
    const missing = byCell.map(({ cell, gradings }) => ({
      path: cellPath(cell, cell),
      count: gradings.filter(({ end }) => end === 'missing').length,
    }));
    const planned = byCell.reduce((sum, { gradings }) => sum + gradings.length, 0);
    const total = missing.reduce((sum, { count }) => sum + count, 0);
    if (total === 0) return [];
    const reasons = missing.filter(({ count }) => count > 0).map(({ path, count }) => ({ reason: path, count }));
    return [{ kind: 'gradings', where: id, missing: total, planned, reasons: inOrder(reasons) }];
  });
}

const gradingsOf = ({ items }: CellOutcome) =>
  items.flatMap(({ generations }) => generations.flatMap((text) => (text.end === 'generated' ? text.gradings : [])));

function countReasons(reasons: readonly string[]): Gap['reasons'] {
  const counts = new Map<string, number>();
  for (const reason of reasons) counts.set(reason, (counts.get(reason) ?? 0) + 1);
  return inOrder([...counts].map(([reason, count]) => ({ reason, count })));
}

const inOrder = (reasons: readonly Gap['reasons'][number][]): Gap['reasons'] =>
  [...reasons].sort((a, b) => b.count - a.count || (a.reason < b.reason ? -1 : 1));

/** Reasons shown of one gap; `gaps.json` has all of them. */
const SHOWN = 3;

/** One line for a person: `training texts, k = 2: 0 of 4 kept; 8 failed: lab: status 422`. */
export function describeGap({ kind, where, missing, planned, reasons }: Gap): string {
  const shown = reasons.slice(0, SHOWN).map(({ reason, count }) => `${count} ${reason}`);
  const more = reasons.length > SHOWN ? [`${reasons.length - SHOWN} more in gaps.json`] : [];
  const why = [...shown, ...more].join(', ');
  switch (kind) {
    case 'corpus':
      return `training texts, ${where}: ${planned - missing} of ${planned} kept; ${why || 'no text was composed'}`;
    case 'arm':
      return `arm ${where}: ${planned === 1 ? 'its cell is' : `its ${planned} cells are`} missing: ${reasons[0]?.reason ?? 'no reason was recorded'}`;
    case 'texts':
      return `${where}: ${missing} of ${planned} texts missing; ${why}`;
    case 'gradings':
      return `grader ${where}: ${missing} of ${planned} gradings missing; ${why}`;
  }
}
