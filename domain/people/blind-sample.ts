/** Texts for people to judge: a sample of what students wrote, whose item ids do not reveal who wrote them. */
import { createHmac } from 'node:crypto';
import type { CellOutcome, TextOutcome } from '../../contracts/outcomes.ts';
import type { Plan, PlannedCombination, TunedStudent } from '../../contracts/plan.ts';
import { agree, gradedPoints } from '../scoring/scoring.ts';

/** The position of a text in a plan. */
export interface TextPlace extends TunedStudent {
  readonly k: number;
  readonly setting: string;
  readonly index: number;
  readonly generation: number;
}

/** A generated text with the outcome under each grader, in the plan's order. */
export interface WrittenText {
  readonly place: TextPlace;
  readonly combination: PlannedCombination;
  readonly text: string;
  readonly byGrader: readonly TextOutcome[];
}

export interface BlindItem extends WrittenText {
  readonly item: string;
}

/** Every generated text once, in plan order. */
export function listTexts(cells: readonly CellOutcome[], plan: Plan): WrittenText[] {
  const graders = plan.science.graders.map(({ id }) => id);
  const byTexts = new Map<string, Map<string, CellOutcome>>();
  for (const cell of cells) {
    const key = placeKey({ ...cell, index: 0, generation: 0 });
    const own = byTexts.get(key) ?? new Map<string, CellOutcome>();
    byTexts.set(key, own.set(cell.grader, cell));
  }
  return [...byTexts.values()].flatMap((own) => textsOf(graders.flatMap((grader) => own.get(grader) ?? [])));
}

function textsOf(cells: readonly CellOutcome[]): WrittenText[] {
  const [first] = cells;
  if (!first) return [];
  const { student, arm, replicate, partition, k, setting } = first;
  return first.items.flatMap(({ combination, generations }, index) =>
    generations.flatMap((outcome, generation): WrittenText[] => {
      if (outcome.end !== 'generated') return [];
      const byGrader = cells.flatMap((cell) => cell.items[index]?.generations[generation] ?? []);
      const place = { student, arm, replicate, partition, k, setting, index, generation };
      return [{ place, combination, text: outcome.text, byGrader }];
    }),
  );
}

export const placeKey = (place: TextPlace): string => {
  const { student, arm, replicate, partition, k, setting, index, generation } = place;
  return JSON.stringify([student, arm, replicate, partition, k, setting, index, generation]);
};

const keyedHash = (secret: string, ...parts: readonly string[]): string =>
  createHmac('sha256', secret).update(JSON.stringify(parts)).digest('hex');

/**
 * Id of an exported text, which changes with the text. The letter in front keeps spreadsheets from reading it as a
 * number.
 */
export const itemOf = (secret: string, { place, text }: Pick<WrittenText, 'place' | 'text'>): string =>
  `t-${keyedHash(secret, 'item', placeKey(place), text).slice(0, 16)}`;

export interface SampleInput {
  readonly secret: string;
  readonly seed: number;
  readonly texts: number;
}

/**
 * Each stratum (student, arm, k, whether graders differ) gives its share, so that the sample represents the whole; a
 * larger sample contains the smaller one. Draw and order also depend on the home's secret: from plan and seed alone
 * anybody could tell the arms.
 */
export function drawSample(all: readonly WrittenText[], { secret, seed, texts }: SampleInput): BlindItem[] {
  const strata = new Map<string, { hash: string; text: WrittenText }[]>();
  for (const text of all) {
    const { student, arm, k } = text.place;
    const key = JSON.stringify([student, arm, k, gradersDiffer(text)]);
    const hash = keyedHash(secret, 'draw', String(seed), placeKey(text.place));
    strata.set(key, [...(strata.get(key) ?? []), { hash, text }]);
  }
  const ranked = [...strata.values()].flatMap((stratum) =>
    stratum.sort(byHash).map((one, index) => ({ ...one, rank: (2 * index + 1) / (2 * stratum.length) })),
  );
  return ranked
    .sort((a, b) => a.rank - b.rank || byHash(a, b))
    .slice(0, texts)
    .map(({ text }) => ({ text, hash: keyedHash(secret, 'order', String(seed), placeKey(text.place)) }))
    .sort(byHash)
    .map(({ text }) => ({ ...text, item: itemOf(secret, text) }));
}

const byHash = (a: { readonly hash: string }, b: { readonly hash: string }): number => (a.hash < b.hash ? -1 : 1);

/** The majority of one grader's gradings, point by point; undefined where none can be read. */
export function verdictOf(outcome: TextOutcome): number[] | undefined {
  const gradings = gradedPoints(outcome);
  return gradings.length === 0 ? undefined : agree(gradings, 'majority');
}

export function gradersDiffer({ byGrader }: WrittenText): boolean {
  const verdicts = byGrader.map(verdictOf).filter((verdict) => verdict !== undefined);
  return new Set(verdicts.map((verdict) => verdict.join())).size > 1;
}
