/** What the metrics are called. */
import type { Metric } from '../../../contracts/results.ts';

export const METRIC_NAMES: Readonly<Record<Metric, string>> = {
  fullMarks: 'Full marks',
  allSkills: 'All skills',
  skillFraction: 'Skill fraction',
};
