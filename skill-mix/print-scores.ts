/** Prints the scores of released runs: the metrics, then every fault in the files that puts them in doubt. */
import type { Terminal } from '../client/terminal/terminal.ts';
import { PUBLISHED_METRICS, type PublishedMetric } from '../contracts/results.ts';
import type { FolderScores, ScoredRun } from './score-folder.ts';
import { formatFixed } from './scoring/single-precision.ts';

const TITLES: Record<PublishedMetric, string> = {
  fullMarks: 'Ratio of full marks',
  allSkills: 'Ratio of all skills',
  skillFraction: 'Skill fraction',
};

export function printScores(scores: FolderScores, { say }: Terminal): void {
  say(`${scores.student}, graded by ${scores.grader}${scores.namesDeducted ? '; named skills earn nothing' : ''}`);
  for (const run of scores.byK) for (const line of describeRun(run, scores)) say(line);
  for (const { k, reason } of scores.notFound) say(`\nk = ${k}: not scored. ${reason}`);
}

function describeRun(run: ScoredRun, scores: FolderScores): string[] {
  const { missing } = scores;
  return [
    '',
    `k = ${run.k} (seed ${run.seed}, prompts ${run.generationVersion}, grading ${run.gradingVersion || '-'})`,
    ...describeMetrics(run, missing),
    ...describeCounts(run, scores.namesDeducted),
    ...describeMissing(run, missing),
    ...describeGradings(run),
    ...describeRows(run),
    ...describeDisagreements(run),
  ].map((line) => line.trimEnd());
}

/** The three metrics, from recorded points and from points read again from the replies. */
function describeMetrics({ metrics, metricsReread }: ScoredRun, missing: FolderScores['missing']): string[] {
  const row = (cells: readonly string[]): string => `  ${cells.map((cell) => cell.padEnd(22)).join('')}`;
  const bounds = missing === 'bounds';
  return [
    row(['', 'as recorded', ...(bounds ? ['between'] : []), 'as the replies say']),
    ...PUBLISHED_METRICS.map((metric) =>
      row([
        TITLES[metric],
        metrics[metric].printed,
        ...(bounds ? [describeBounds(metrics[metric].bounds)] : []),
        metricsReread?.[metric].printed ?? 'no replies',
      ]),
    ),
  ];
}

const describeBounds = (bounds: readonly [number, number] | null): string =>
  bounds === null ? '-' : bounds.map((bound) => formatFixed(bound, 2)).join(' and ');

function describeCounts({ counts, rounds, gradings }: ScoredRun, namesDeducted: boolean): string[] {
  const kinds = (['complete', 'short', 'long', 'empty', 'unreadable', 'missing'] as const).filter(
    (kind) => kind === 'complete' || counts[kind] > 0,
  );
  return [
    `  Combinations ${counts.combinations}, left out ${counts.leftOut}, scored ${counts.scored}; ` +
      `rounds ${rounds.join(',')}; gradings ${gradings.join(',')}`,
    `  Points of ${counts.gradingsPlanned} gradings: ${kinds.map((kind) => `${counts[kind]} ${kind}`).join(', ')}; ` +
      `${counts.replyReadable} replies readable; ${counts.named} name a skill in the text`,
    ...(counts.outOfRange > 0 ? [`  ! ${counts.outOfRange} gradings have points outside 0 to 1`] : []),
    ...(namesDeducted && counts.textUnknown > 0
      ? [`  ! ${counts.textUnknown} gradings whose text is in no file: no name could be deducted from them`]
      : []),
    ...(counts.texts > counts.combinations
      ? [`  ! ${counts.texts} texts, of which ${counts.combinations} are graded: the others do not count`]
      : []),
  ];
}

function describeMissing(run: ScoredRun, missing: FolderScores['missing']): string[] {
  const { counts, missingRounds, missingGradings, shortRounds } = run;
  const inRounds = missingGradings.filter(({ round }) => !missingRounds.includes(round));
  const rule = {
    zero: `${counts.incomplete} of the scored combinations have missing points, counted as 0`,
    drop: `${counts.incomplete} combinations have missing points and are LEFT OUT OF THE DENOMINATOR`,
    bounds: `${counts.incomplete} combinations have missing points: mean and error leave them out`,
  }[missing];
  return [
    ...(counts.incomplete > 0 ? [`  ! ${rule}`] : []),
    ...missingRounds.map((round) => `  ! Round ${round} is missing: ${reasonOf(missingGradings, round)}`),
    ...inRounds.map(
      ({ round, grading, reason }) => `  ! Grading ${grading} of round ${round} is missing and has no vote: ${reason}`,
    ),
    ...shortRounds.map(
      ({ round, grading, rows, expected }) =>
        `  ! Grading ${grading} of round ${round} is short: ${rows} of ${expected} rows`,
    ),
  ];
}

/** Why the gradings of a round are missing, each reason once. */
const reasonOf = (missing: ScoredRun['missingGradings'], round: number): string =>
  [...new Set(missing.flatMap((one) => (one.round === round ? [one.reason] : [])))].join('; ');

function describeGradings({ identicalGradings, copiedRounds, effectiveGradings, agreement }: ScoredRun): string[] {
  const compared = agreement.filter(({ pairs }) => pairs > 0);
  const parts = compared.map(
    ({ point, raw, kappa }) =>
      `${point} ${raw === null ? '-' : formatFixed(raw, 2)}/${kappa === null ? '-' : formatFixed(kappa, 2)}`,
  );
  return [
    ...identicalGradings.map(
      ({ round, gradings }) =>
        `  ! Gradings ${gradings.join(', ')} of round ${round} are copies of one file: one judgement votes ${gradings.length} times`,
    ),
    ...copiedRounds.map(
      ({ round, of }) =>
        `  ! Round ${round} has a file of round ${of}: the same texts and gradings count as two rounds`,
    ),
    `  Effective gradings per text ${formatFixed(effectiveGradings, 2)}; ` +
      (parts.length > 0 ? `agreement between gradings (raw/kappa): ${parts.join(', ')}` : 'no two to compare'),
  ];
}

function describeRows({ misalignedRows, wrongK, problems }: ScoredRun): string[] {
  return [
    ...misalignedRows.map(
      ({ round, grading, row, skills, topic, expected }) =>
        `  ! Round ${round}, grading ${grading}, row ${row} is another combination: ` +
        `${nameOf(skills, topic)} instead of ${nameOf(expected.skills, expected.topic)}`,
    ),
    ...wrongK.map(
      ({ round, grading, row, reason }) => `  ! Round ${round}, grading ${grading}, row ${row} has ${reason}`,
    ),
    ...problems.map(({ place, reason }) => `  ! ${place}: ${reason}`),
  ];
}

const nameOf = (skills: readonly string[], topic: string): string => `"${[...skills, topic].join(', ')}"`;

function describeDisagreements({ disagreements, counts }: ScoredRun): string[] {
  if (disagreements.length === 0)
    return [
      counts.compared === 0
        ? '  No grading has both recorded points and a reply.'
        : `  Recorded points and replies agree in all ${counts.compared} gradings that have both.`,
    ];
  return [
    `  ! ${disagreements.length} gradings whose recorded points are not what the reply says:`,
    ...disagreements.map(
      ({ round, grading, row, topic, recorded, reread, reason }) =>
        `    round ${round}, grading ${grading}, row ${row} (${topic}): ` +
        `${describePoints(recorded)} recorded, ${reread === null ? 'none' : describePoints(reread)} read; ${reason}`,
    ),
  ];
}

const describePoints = (points: readonly (number | null)[]): string =>
  points.length === 0 ? 'none' : points.map((point) => point ?? '?').join(',');
