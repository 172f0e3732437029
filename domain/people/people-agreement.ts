/** How far people and graders agree: raw agreement and Cohen's kappa by arm, on the points that both judged. */
import type { Plan } from '../../contracts/plan.ts';
import type { PeopleAgreement } from '../../contracts/results.ts';
import { kappaOf } from '../comparing/agreement.ts';
import { isJudged } from '../requests/prompt-view.ts';
import { verdictOf } from './blind-sample.ts';
import type { ReviewedText } from './measure-people.ts';

type Points = readonly (number | null)[];

/** A text with the points of each judge, before rules overwrite any: a point that a rule decides would always agree. */
interface Verdicts {
  readonly student: string;
  readonly arm: string;
  readonly k: number;
  readonly points: ReadonlyMap<string, Points>;
}

/** Each person with each grader and each further person: over all arms, then by arm; all points, then each kind. */
export function measurePeopleAgreement(
  texts: readonly ReviewedText[],
  persons: readonly string[],
  plan: Plan,
): PeopleAgreement[] {
  const graders = plan.science.graders.map(({ id }) => id);
  const verdicts = texts.map((text) => verdictsOn(text, graders));
  const arms = [
    ...new Map(verdicts.map(({ student, arm }) => [JSON.stringify([student, arm]), { student, arm }])).values(),
  ];
  const pairs = persons.flatMap((person, index) =>
    [...graders, ...persons.slice(index + 1)].map((other): [string, string] => [person, other]),
  );
  return pairs.flatMap((judges) =>
    [undefined, ...arms].flatMap((where) => {
      const own = where ? verdicts.filter((one) => one.student === where.student && one.arm === where.arm) : verdicts;
      return ['all', 'skill', ...plan.catalog.rubric.points.map(({ id }) => id)].map((point) => ({
        judges,
        ...where,
        point,
        ...compare(own, judges, (k) => placesOf(point, k, plan)),
      }));
    }),
  );
}

function verdictsOn({ place, byGrader, byPerson }: ReviewedText, graders: readonly string[]): Verdicts {
  const points = new Map<string, Points>([...byPerson].map(([person, given]) => [person, given.points]));
  for (const [index, grader] of graders.entries()) {
    const verdict = byGrader[index] && verdictOf(byGrader[index]);
    if (verdict) points.set(grader, verdict);
  }
  return { student: place.student, arm: place.arm, k: place.k, points };
}

/** Positions of the points of one kind among the k + m points of a text. */
function placesOf(point: string, k: number, { catalog }: Plan): number[] {
  const all = Array.from({ length: k + catalog.rubric.points.length }, (_, index) => index);
  const kind = point === 'skill' ? all.slice(0, k) : [k + catalog.rubric.points.findIndex(({ id }) => id === point)];
  // Graders are not asked for what a program checks.
  return (point === 'all' ? all : kind).filter((place) => isJudged(catalog.rubric, k, place));
}

function compare(
  texts: readonly Verdicts[],
  [left, right]: readonly [string, string],
  placesAt: (k: number) => number[],
) {
  const tally = { both: 0, neither: 0, onlyLeft: 0, onlyRight: 0 };
  let compared = 0;
  for (const { k, points } of texts) {
    const [ours, theirs] = [points.get(left), points.get(right)];
    const places = placesAt(k).filter((at) => isKnown(ours?.[at]) && isKnown(theirs?.[at]));
    if (places.length > 0) compared += 1;
    for (const at of places) {
      if (ours?.[at] === 1) tally[theirs?.[at] === 1 ? 'both' : 'onlyLeft'] += 1;
      else tally[theirs?.[at] === 1 ? 'onlyRight' : 'neither'] += 1;
    }
  }
  const n = tally.both + tally.neither + tally.onlyLeft + tally.onlyRight;
  return { texts: compared, n, raw: n === 0 ? null : (tally.both + tally.neither) / n, kappa: kappaOf(tally) };
}

const isKnown = (point: number | null | undefined): boolean => point !== null && point !== undefined;
