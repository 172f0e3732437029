/** Bootstrap intervals of a difference: over its combinations drawn again, and for other skills and topics. */
import type { RandomGenerator } from 'pure-rand/types/RandomGenerator';
import type { Combination } from '../../contracts/plan.ts';
import type { Interval } from '../../contracts/results.ts';
import { round4 } from '../statistics/round.ts';
import { interval, mean, studentT95 } from '../statistics/statistics.ts';
import { combinationKey, crossedVariance } from './crossed-variance.ts';
import { knownOf, type Paired } from './score-table.ts';

const RESAMPLES = 10_000;

export interface Intervals {
  readonly bootstrap: Interval | null;
  readonly crossed: Interval | null;
}

/** Draws once for a list of combinations; every difference on that list is then weighted with the same draws. */
export interface Resampler {
  /** The difference's combinations must be those that the draws were made for. */
  readonly resample: (paired: Paired) => Intervals;
}

export function makeResampler(combinations: readonly Combination[], stream: RandomGenerator): Resampler {
  const weights = drawWeights(combinations, stream);
  const afterwards = stream.clone();
  return {
    resample: (paired) => {
      if (paired.combinations.length !== combinations.length)
        throw new RangeError(`${paired.combinations.length} combinations, but draws for ${combinations.length}`);
      return intervalsOf(paired, weights, afterwards.clone());
    },
  };
}

const below = (stream: RandomGenerator, end: number): number => Math.floor(((stream.next() >>> 0) / 2 ** 32) * end);

/**
 * Row by row, how often each combination is drawn in each resample. The same skills and topic are one cluster: they are
 * drawn together, with all trainings, generations and gradings of theirs.
 */
function drawWeights(list: readonly Combination[], stream: RandomGenerator): Uint16Array {
  const keys = list.map(combinationKey);
  const numbers = new Map([...new Set(keys)].map((key, index) => [key, index] as const));
  const clusters = Int32Array.from(keys, (key) => numbers.get(key) ?? 0);
  const counts = new Uint16Array(numbers.size);
  const weights = new Uint16Array(RESAMPLES * list.length);
  for (let from = 0; from < weights.length; from += list.length) {
    counts.fill(0);
    for (let draw = 0; draw < counts.length; draw += 1) counts[below(stream, counts.length)]! += 1;
    for (let index = 0; index < clusters.length; index += 1) weights[from + index] = counts[clusters[index]!]!;
  }
  return weights;
}

const RANGE: Interval = [-1, 1];

/** Where all differences are equal no draw differs from another, so the exact interval is used instead. */
function intervalsOf(paired: Paired, weights: Uint16Array, stream: RandomGenerator): Intervals {
  const known = knownOf(paired.differences);
  const centre = mean(known);
  if (centre === null) return { bootstrap: null, crossed: null };
  if (known.every((value) => value === known[0])) {
    const exact = rounded(interval(known, RANGE) ?? RANGE);
    return { bootstrap: exact, crossed: exact };
  }
  return {
    bootstrap: rounded(percentiles(drawMeans(paired, weights, stream))),
    crossed: crossedInterval(paired, centre),
  };
}

function crossedInterval(paired: Paired, centre: number): Interval | null {
  const crossed = crossedVariance(paired);
  if (crossed === null) return null;
  const half = studentT95(crossed.degrees) * Math.sqrt(crossed.variance + trainingVariance(paired));
  return rounded([Math.max(-1, centre - half), Math.min(1, centre + half)]);
}

const rounded = ([low, high]: Interval): Interval => [round4(low), round4(high)];

/** One mean for each resample: of the drawn combinations, moved by the trainings that were drawn for each arm. */
function drawMeans({ differences, trainings }: Paired, weights: Uint16Array, stream: RandomGenerator): Float64Array {
  const values = Float64Array.from(differences, (value) => value ?? 0);
  const present = Float64Array.from(differences, (value) => (value === null ? 0 : 1));
  const means = new Float64Array(RESAMPLES);
  for (let draw = 0; draw < RESAMPLES; draw += 1) {
    const from = draw * values.length;
    let [sum, count] = [0, 0];
    for (let index = 0; index < values.length; index += 1) {
      const weight = weights[from + index]!;
      sum += weight * values[index]!;
      count += weight * present[index]!;
    }
    const moved = drawTraining(trainings[0], stream) - drawTraining(trainings[1], stream);
    // A draw may have no pair at all, which hardly occurs with more than a few pairs; it counts as no difference.
    means[draw] = Math.max(-1, Math.min(1, (count === 0 ? 0 : sum / count) + moved));
  }
  return means;
}

/**
 * How far the mean of R trainings, drawn with replacement, lies from the mean of all. Draws among R values vary by only
 * (R - 1)/R of their variance, which matters when R is 2 or 3: it is scaled up.
 */
function drawTraining(means: readonly number[], stream: RandomGenerator): number {
  const count = means.length;
  if (count < 2) return 0;
  const centre = mean(means) ?? 0;
  let drawn = 0;
  for (let index = 0; index < count; index += 1) drawn += means[below(stream, count)]! - centre;
  return (drawn / count) * Math.sqrt(count / (count - 1));
}

/**
 * Variance that both arms' trainings add to the difference. An arm that was trained once adds nothing, as its spread is
 * unknown.
 */
function trainingVariance({ trainings }: Paired): number {
  return trainings.reduce((total, means) => {
    const centre = mean(means) ?? 0;
    const squares = means.reduce((sum, value) => sum + (value - centre) ** 2, 0);
    return means.length < 2 ? total : total + squares / (means.length - 1) / means.length;
  }, 0);
}

/** The 2.5th and 97.5th percentile, interpolated linearly. */
function percentiles(values: Float64Array): Interval {
  const sorted = values.sort();
  const at = (share: number): number => {
    const place = share * (sorted.length - 1);
    const [low, high] = [sorted[Math.floor(place)] ?? 0, sorted[Math.ceil(place)] ?? 0];
    return low + (place % 1) * (high - low);
  };
  return [at(0.025), at(0.975)];
}
