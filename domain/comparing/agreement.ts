/** How far graders agree on the same texts: raw agreement, Cohen's kappa and Krippendorff's alpha. */
import type { Rubric } from '../../contracts/catalog.ts';
import type { CellOutcome, TextOutcome } from '../../contracts/outcomes.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { Agreement } from '../../contracts/results.ts';
import { isJudged } from '../requests/prompt-view.ts';
import { agree, gradedPoints } from '../scoring/scoring.ts';
import { AlphaTally } from '../statistics/krippendorff.ts';

/** What one text earned from each grader, in the graders' order; undefined where a grader could not grade it. */
interface Judged {
  readonly k: number;
  readonly skills: readonly string[];
  readonly verdicts: readonly (readonly number[] | undefined)[];
}

/** What a row of agreement is about: which points of which texts. */
type Place = Pick<Agreement, 'point' | 'k' | 'skill'>;

/**
 * For each pair of graders (in the plan's order), and for all together where there are more: one row for each kind of
 * point, then each kind at each k, then each skill. Compared are the majorities of each grader's own gradings, before
 * rules: a point that a rule overwrites would always agree. Points that a program checks have no row.
 */
export function measureAgreement(cells: readonly CellOutcome[], plan: Plan): Agreement[] {
  const graders = plan.science.graders.map(({ id }) => id);
  const texts = judgedTexts(cells, graders);
  const groups = [...pairsOf(graders), ...(graders.length > 2 ? [graders] : [])];
  return groups.flatMap((group) => agreementOf(group, texts, graders, plan.catalog.rubric));
}

const pairsOf = (graders: readonly string[]): string[][] =>
  graders.flatMap((left, index) => graders.slice(index + 1).map((right) => [left, right]));

/** The same texts: all of a cell's identity but its grader. */
const textsKey = ({ student, arm, replicate, partition, k, setting }: CellOutcome): string =>
  JSON.stringify([student, arm, replicate, partition, k, setting]);

function judgedTexts(cells: readonly CellOutcome[], graders: readonly string[]): Judged[] {
  const byTexts = new Map<string, Map<string, CellOutcome>>();
  for (const cell of cells) {
    const own = byTexts.get(textsKey(cell)) ?? new Map<string, CellOutcome>();
    byTexts.set(textsKey(cell), own.set(cell.grader, cell));
  }
  return [...byTexts.values()].flatMap((own) => {
    const [first] = own.values();
    return (first?.items ?? []).flatMap(({ combination, generations }, index) =>
      generations.map((_, generation) => ({
        k: first?.k ?? 0,
        skills: combination.skills,
        verdicts: graders.map((grader) => verdictOn(own.get(grader)?.items[index]?.generations[generation])),
      })),
    );
  });
}

function verdictOn(outcome: TextOutcome | undefined): number[] | undefined {
  const gradings = outcome ? gradedPoints(outcome) : [];
  return gradings.length === 0 ? undefined : agree(gradings, 'majority');
}

/** Points of one row that graders gave to the same texts. `both` to `onlyRight` count a pair of graders only. */
interface Tally {
  texts: number;
  both: number;
  neither: number;
  onlyLeft: number;
  onlyRight: number;
  readonly alpha: AlphaTally;
}

const emptyTally = (): Tally => ({
  ...{ texts: 0, both: 0, neither: 0, onlyLeft: 0, onlyRight: 0 },
  alpha: new AlphaTally(),
});

function agreementOf(
  group: readonly string[],
  texts: readonly Judged[],
  graders: readonly string[],
  rubric: Rubric,
): Agreement[] {
  const seats = group.map((grader) => graders.indexOf(grader));
  const kinds = [
    ...(rubric.skillCheck ? [] : ['skill']),
    ...rubric.points.flatMap(({ id, check }) => (check ? [] : [id])),
  ];
  const tallies = new Map(kinds.map((point) => [keyOf({ point }), emptyTally()] as const));
  for (const text of texts) tallyText(text, seats, rubric, tallies);
  const ks = [...new Set(texts.map(({ k }) => k))].sort((a, b) => a - b);
  const skills = [...new Set(texts.flatMap((text) => text.skills))].sort();
  const places: Place[] = [
    ...kinds.map((point) => ({ point })),
    ...ks.flatMap((k) => kinds.map((point) => ({ point, k }))),
    ...(rubric.skillCheck ? [] : skills.map((skill) => ({ point: 'skill', skill }))),
  ];
  return places.flatMap((place) => {
    const tally = tallies.get(keyOf(place));
    return tally ? [{ graders: group, ...place, ...figuresOf(tally, group.length) }] : [];
  });
}

const keyOf = ({ point, k, skill }: Place): string => JSON.stringify([point, k ?? null, skill ?? null]);

/** A text counts once in each place that any of its points belongs to. */
function tallyText(text: Judged, seats: readonly number[], rubric: Rubric, tallies: Map<string, Tally>): void {
  const given = seats.map((seat) => text.verdicts[seat]).filter((verdict) => verdict !== undefined);
  if (given.length < 2) return;
  const touched = new Set<Tally>();
  for (const index of (given[0] ?? []).keys())
    for (const place of placesOf(text, index, rubric)) {
      const tally = tallies.get(keyOf(place)) ?? emptyTally();
      tallies.set(keyOf(place), tally);
      touched.add(tally);
      tallyPoint(
        given.map((points) => points[index] ?? 0),
        tally,
      );
    }
  for (const tally of touched) tally.texts += 1;
}

function placesOf({ k, skills }: Judged, index: number, rubric: Rubric): Place[] {
  if (!isJudged(rubric, k, index)) return [];
  const point = rubric.points[index - k]?.id;
  if (index >= k) return point === undefined ? [] : [{ point }, { point, k }];
  const skill = skills[index];
  return [{ point: 'skill' }, { point: 'skill', k }, ...(skill === undefined ? [] : [{ point: 'skill', skill }])];
}

function tallyPoint(ratings: readonly number[], tally: Tally): void {
  tally.alpha.add(ratings);
  const [ours, theirs] = ratings;
  if (ours === 1) tally[theirs === 1 ? 'both' : 'onlyLeft'] += 1;
  else tally[theirs === 1 ? 'onlyRight' : 'neither'] += 1;
}

function figuresOf(tally: Tally, graders: number): Omit<Agreement, 'graders' | keyof Place> {
  const kappa = graders === 2 ? kappaOf(tally) : null;
  return { texts: tally.texts, raw: tally.alpha.raw(), kappa, alpha: tally.alpha.alpha() };
}

/** Cohen's kappa; null where both graders give the same verdict throughout, since chance alone would agree. */
export function kappaOf({ both, neither, onlyLeft, onlyRight }: Omit<Tally, 'texts' | 'alpha'>): number | null {
  const points = both + neither + onlyLeft + onlyRight;
  if (points === 0) return null;
  const [left, right] = [(both + onlyLeft) / points, (both + onlyRight) / points];
  const chance = left * right + (1 - left) * (1 - right);
  return chance === 1 ? null : ((both + neither) / points - chance) / (1 - chance);
}
