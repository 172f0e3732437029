/** Every text of a study's cells with its points, names and signatures: what all descriptions of failures count. */
import type { CellOutcome, ItemOutcome, TextOutcome } from '../../contracts/outcomes.ts';
import type { Signature } from '../../contracts/outputs/failure-description.ts';
import type { Plan } from '../../contracts/plan.ts';
import { skillsOf } from '../requests/prompt-view.ts';
import { isExcluded, switchesOf, textRules, type Switches } from '../scoring/score-items.ts';
import { scoreText, type TextRules } from '../scoring/scoring.ts';
import { namesSkill } from '../scoring/skill-names.ts';
import { hasFullMarks, signaturesOf, topicNameOf, type Judged, type PointPlaces } from './signatures.ts';

/** A text of a cell; `judged` is null where it has no score. */
export interface JudgedText {
  readonly cell: CellOutcome;
  readonly item: ItemOutcome;
  /** Position in the plan's list; `generation` is which of the G answers. */
  readonly index: number;
  readonly generation: number;
  readonly judged: ScoredText | null;
}

export interface ScoredText extends Judged {
  /** Skill points as graders gave them, without any deduction for names. */
  readonly given: readonly number[];
  readonly fullMarks: boolean;
  readonly signatures: readonly Signature[];
}

/** Identifies the combination of a text, whoever wrote it: means and intervals count combinations. */
export const unitOf = ({ cell, index }: JudgedText): string => `${cell.partition}|${cell.setting}|${cell.k}|${index}`;

/** Leaves out texts of combinations that the study's filter excludes. */
export function judgeTexts(cell: CellOutcome, plan: Plan, places: PointPlaces): JudgedText[] {
  const switches = switchesOf(plan);
  return cell.items.flatMap((item, index) => {
    if (isExcluded(item, plan, switches)) return [];
    const judge = judgeOf(item, cell.k, plan, switches, places);
    return item.generations.map((outcome, generation) => ({ cell, item, index, generation, judged: judge(outcome) }));
  });
}

/** Failures need points that are either earned or not: where a study averages gradings, the majority decides here. */
const decided = (rules: TextRules): TextRules => ({
  ...rules,
  aggregate: { gradings: rules.aggregate.gradings === 'all' ? 'all' : 'majority' },
});

function judgeOf(item: ItemOutcome, k: number, plan: Plan, switches: Switches, places: PointPlaces) {
  const rules = decided(textRules(k, item, plan, switches));
  const undeducted = decided(textRules(k, item, plan, { ...switches, deductNames: 'off' }));
  const names = skillsOf(plan.catalog, item.combination).map(({ name }) => name);
  const rule = switches.deductNames === 'off' ? 'inflected' : switches.deductNames;
  const topicName = topicNameOf(plan.catalog, item.combination.topic);
  return (outcome: TextOutcome): ScoredText | null => {
    const [score, given] = [scoreText(outcome, rules), scoreText(outcome, undeducted)];
    if (score.end !== 'scored' || given.end !== 'scored' || outcome.end === 'failed') return null;
    const text = outcome.end === 'generated' ? outcome.text : '';
    const judged: Judged = {
      ...{ end: outcome.end, text, k, topicName, points: score.points, sentences: switches.sentences },
      names: names.map((name) => namesSkill(text, name, rule)),
    };
    return {
      ...judged,
      given: given.points.slice(0, k),
      fullMarks: hasFullMarks(judged),
      signatures: signaturesOf(judged, places),
    };
  };
}
