/** How the numbers were made, in words that follow the plan's settings. */
import { html } from 'hono/html';
import type { Plan } from '../../../contracts/plan.ts';
import type { Study } from '../../../contracts/study.ts';
import { roundsOf } from '../../rubric/rubric-checks.ts';
import { countOf, formatCount } from '../page/format.ts';
import { type Html, renderList } from '../page/markup.ts';

type Aggregate = Study['evaluation']['aggregate'];

const GRADINGS: Readonly<Record<Aggregate['gradings'], string>> = {
  majority: 'each point is decided by the majority of the readable gradings',
  mean: 'the points of the readable gradings are averaged',
  all: 'a point counts only where all readable gradings give it',
};

const GENERATIONS: Readonly<Record<Aggregate['generations'], string>> = {
  max: 'a combination scores by its best generation',
  mean: 'a combination scores by the mean of its generations',
};

/**
 * Combinations are drawn with replacement, so a list may repeat itself: n counts combinations, not distinct skill sets.
 */
function phraseRepeats({ evaluation }: Plan): string {
  const spans = [withTopic, skillSet].map((nameOf) => {
    const counts = evaluation.map(({ items }) => new Set(items.map(nameOf)).size);
    const [low, high] = [Math.min(...counts), Math.max(...counts)];
    return low === high ? formatCount(low) : `${formatCount(low)} to ${formatCount(high)}`;
  });
  return `Combinations are drawn at random and may repeat: of one cell’s, ${spans[0]} are distinct, with ${spans[1]} distinct sets of skills.`;
}

type Item = Plan['evaluation'][number]['items'][number];
const skillSet = ({ skills }: Item): string => [...skills].sort().join();
const withTopic = (item: Item): string => `${skillSet(item)} ${item.topic}`;

export function renderMethod(plan: Plan): Html {
  const { science, catalog } = plan;
  const { combinations, generations, gradings, aggregate, asks } = science.evaluation;
  const { rubric } = catalog;
  const points = rubric.points
    .map(({ id, rule, check }) =>
      check ? `${id} (checked by a program: ${check.kind})` : rule ? `${id} (decided by a program)` : id,
    )
    .join(', ');
  const graded = roundsOf(rubric, gradings) > 0;
  return renderList([
    html`<b>Items.</b> Each cell has ${countOf(combinations, 'combination')} of k skills and a topic, with
      ${countOf(generations, 'generation')}
      each${
        graded
          ? ` and ${countOf(gradings, 'grading')} of each text by each grader. A grading that cannot be read is asked at most ${countOf(asks, 'time')} in all`
          : '. Programs decide every point: no grader is asked, and the grader only names the rows'
      }.
      ${phraseRepeats(plan)}`,
    html`<b>Points.</b> One for each
      skill${rubric.skillCheck ? ` (checked by a program: ${rubric.skillCheck.kind})` : ''}, and: ${points}.`,
    html`<b>Metrics.</b> Full marks: 1 if every point is earned. All skills: 1 if every skill point and all but at most
      one of the others are. Skill fraction: the share of skill points if all others are earned, else 0.`,
    html`<b>Aggregation.</b> Within a text ${GRADINGS[aggregate.gradings]}; ${GENERATIONS[aggregate.generations]}; a
      cell is the mean over its combinations.`,
    html`<b>Denominators.</b> Refused and truncated texts score 0: they are what the student did. Failed texts and
      missing or unparsable gradings are no zeros: what has no score is left out of the mean, and the bounds say what
      the mean would be if all of it scored 0 or 1.`,
    html`<b>Intervals.</b> All are at 95 %, each by itself. Standard error: sample standard deviation over combinations
      (n − 1) / √n. Interval of a score: Wilson’s, not mean ± 1.96 standard errors, which is too short near 0 and 1. Of
      a difference: ± 1.96 standard errors within its range, paired by combination; replicates are averaged first,
      partitions pooled. Where all values are equal: the exact binomial (Clopper–Pearson) bounds.`,
    html`<b>Drawn again.</b> 10,000 seeded resamples: of combinations (percentiles; trainings of an arm are drawn too
      where there are several), and of skills and topics (normal, on the variance of both less what combinations have of
      their own). Tests: signs of paired differences permuted, exactly up to 14 differences other than 0, else 99,999
      seeded draws; Holm over the hypotheses of the plan.`,
    science.training.replicates.length === 1
      ? html`<b>Left out.</b> One training for each arm: how much a score changes when training is repeated under other
          seeds is not measured, and no interval covers it. Many cells are compared without correction.`
      : html`<b>Replicates.</b> Each arm was trained ${science.training.replicates.length} times under other seeds. The
          interval of a cell covers its own combinations only. Many cells are compared without correction.`,
  ]);
}
