/** What a report is made of: the data in a study's folder of outputs. Rendering reads and asks nothing else. */
import type { FailureDescription } from '../../../contracts/outputs/failure-description.ts';
import type { Gap } from '../../../contracts/outputs/gaps.ts';
import type { PaymentRow } from '../../../contracts/payments.ts';
import type { Plan } from '../../../contracts/plan.ts';
import type { PublishedFigures } from '../../../contracts/reference/published-figures.ts';
import type { Certificate, Results } from '../../../contracts/results.ts';
import type { SideBySide } from '../../failures/side-by-side.ts';

/** A composed text that dedupe left out, with the kept text it repeats. Both texts come from models. */
export interface DroppedText {
  readonly index: number;
  readonly of: number;
  readonly jaccard: number;
  readonly exact: boolean;
  readonly text: string;
  readonly ofText: string;
}

export interface CorpusDetails {
  readonly partition: number;
  readonly k: number;
  /** How many texts dedupe would remove at each threshold of similarity. */
  readonly removalCurve: readonly { readonly threshold: number; readonly removed: number }[];
  readonly dropped: readonly DroppedText[];
}

export interface ReportInput {
  readonly plan: Plan;
  readonly planHash: string;
  readonly results: Results;
  readonly failures?: FailureDescription;
  /** Published figures that the catalog has, as context. */
  readonly published?: PublishedFigures;
  readonly certificate: Certificate;
  readonly provenance: Readonly<Record<string, unknown>>;
  readonly corpusDetails: readonly CorpusDetails[];
  /** Texts of students, to read. */
  readonly sideBySide?: readonly SideBySide[];
  /** What the study lacks although the plan asked for it. */
  readonly gaps?: readonly Gap[];
  /** What the study itself paid. Like provenance it depends on the home, so it is not in `results.json`. */
  readonly payments: readonly PaymentRow[];
  /** Set while the study is not finished: items done and planned. */
  readonly running: { readonly done: number; readonly planned: number } | null;
}
