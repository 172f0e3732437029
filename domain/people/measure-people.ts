/**
 * People compared with graders: how far they agree on the exported texts, and the metrics of those texts with and
 * without people.
 */
import type { GradingOutcome, TextOutcome } from '../../contracts/outcomes.ts';
import type { Plan } from '../../contracts/plan.ts';
import type { People, PeopleMetrics } from '../../contracts/results.ts';
import { estimate } from '../scoring/score-cell.ts';
import { isExcluded, switchesOf, textRules } from '../scoring/score-items.ts';
import { byMetric, scoreItem, scoreText, type ScoredItem } from '../scoring/scoring.ts';
import { verdictOf, type WrittenText } from './blind-sample.ts';
import type { KnownPoints } from './check-points.ts';
import { measurePeopleAgreement } from './people-agreement.ts';

/** An exported text with what each person gave it. */
export interface ReviewedText extends WrittenText {
  readonly byPerson: ReadonlyMap<string, KnownPoints>;
}

export interface MeasureInput {
  /** In plan order. */
  readonly texts: readonly ReviewedText[];
  readonly changed: number;
  readonly plan: Plan;
}

export function measurePeople({ texts, changed, plan }: MeasureInput): People {
  const persons = [...new Set(texts.flatMap(({ byPerson }) => [...byPerson.keys()]))].sort();
  return {
    sample: { exported: texts.length, judged: texts.filter(isJudged).length, changed },
    persons: persons.map((person) => {
      const own = texts.flatMap(({ byPerson }) => byPerson.get(person) ?? []).filter(hasPoint);
      return { person, texts: own.length, complete: own.filter(isComplete).length };
    }),
    agreement: measurePeopleAgreement(texts, persons, plan),
    metrics: measureMetrics(texts, persons, plan),
    comments: texts.flatMap(({ place, text, byPerson }) =>
      persons.flatMap((person) => {
        const comment = byPerson.get(person)?.comment ?? '';
        return comment === '' ? [] : [{ person, student: place.student, arm: place.arm, text, comment }];
      }),
    ),
  };
}

const hasPoint = ({ points }: KnownPoints): boolean => points.some((point) => point !== null);
const isComplete = ({ points }: KnownPoints): boolean => points.every((point) => point !== null);
const isJudged = ({ byPerson }: ReviewedText): boolean => [...byPerson.values()].some(hasPoint);

/** Metrics by arm, then by arm, setting and k: of each judge alone, all graders, all people, and everybody. */
function measureMetrics(texts: readonly ReviewedText[], persons: readonly string[], plan: Plan): PeopleMetrics[] {
  const graders = plan.science.graders.map(({ id }) => id);
  const panels = [
    ...[...graders, ...persons].map((judge) => [judge]),
    ...[graders, persons].filter((judges) => judges.length > 1),
    [...graders, ...persons],
  ];
  const armOf = ({ place: { student, arm } }: ReviewedText) => ({ student, arm });
  const cellOf = ({ place: { student, arm, setting, k } }: ReviewedText) => ({ student, arm, setting, k });
  return [...groupBy(texts, armOf), ...groupBy(texts, cellOf)].flatMap(([where, own]) =>
    panels.map((judges) => ({ judges, ...where, texts: own.length, ...scoreTexts(own, judges, plan) })),
  );
}

function groupBy<T, K extends object>(values: readonly T[], keyOf: (value: T) => K): [K, T[]][] {
  const groups = new Map<string, [K, T[]]>();
  for (const value of values) {
    const key = keyOf(value);
    const group = groups.get(JSON.stringify(key));
    if (group) group[1].push(value);
    else groups.set(JSON.stringify(key), [key, [value]]);
  }
  return [...groups.values()];
}

/** Texts of one combination count once, by their mean: they are not independent. */
function scoreTexts(texts: readonly ReviewedText[], judges: readonly string[], plan: Plan) {
  const switches = switchesOf(plan);
  const items = groupBy(texts, ({ place: { partition, k, setting, index } }) => ({ partition, k, setting, index }));
  let judged = 0;
  const scored = items.flatMap(([{ k }, own]): ScoredItem[] => {
    const [{ combination }] = own as [ReviewedText];
    const item = { combination, generations: own.map((text) => judgedBy(text, judges, plan)) };
    if (isExcluded(item, plan, switches)) return [];
    const rules = textRules(k, item, plan, switches);
    const scores = item.generations.map((outcome) => scoreText(outcome, rules));
    judged += scores.filter(({ end }) => end === 'scored').length;
    const valuesOf = byMetric((metric) =>
      scores.map((score) => (score.end === 'scored' ? score.scores[metric] : null)),
    );
    return [{ combination, scores: byMetric((metric) => scoreItem(valuesOf[metric], 'mean')) }];
  });
  return { judged, metrics: estimate(scored) };
}

/**
 * The outcome of a text as some judges see it. A grader alone has all its gradings, as in the study; among several
 * judges each has one vote.
 */
function judgedBy({ text, byGrader, byPerson }: ReviewedText, judges: readonly string[], plan: Plan): TextOutcome {
  const gradings = judges.flatMap((judge): readonly GradingOutcome[] => {
    const outcome = byGrader[plan.science.graders.findIndex(({ id }) => id === judge)];
    if (outcome?.end === 'generated' && judges.length === 1) return outcome.gradings;
    const points = outcome ? verdictOf(outcome) : wholePoints(byPerson.get(judge));
    return points ? [{ end: 'graded', points }] : [];
  });
  return { end: 'generated', text, gradings };
}

/** A person's points if all are given; undefined otherwise, as a point left empty is not 0. */
const wholePoints = (given: KnownPoints | undefined): readonly number[] | undefined =>
  given && isComplete(given) ? given.points.map(Number) : undefined;
