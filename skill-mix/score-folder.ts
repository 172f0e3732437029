/** `./etude score skill-mix DIR`: metrics of a released Skill-Mix run from its files, with all that is wrong in them. */
import type { Terminal } from '../client/terminal/terminal.ts';
import { UserError } from '../contracts/failures.ts';
import { nearestOf } from '../domain/basics/nearest.ts';
import { printScores } from './print-scores.ts';
import { findRuns, type NotFound } from './reading/find-runs.ts';
import { readRun, type FoundRun, type MissingGrading, type OpenedRun, type Problem } from './reading/read-run.ts';
import { isKnownSkill, listSkills, scoreRun, type RunScore, type ScoreOptions } from './scoring/score-run.ts';
import { MISSING_RULES, type MissingRule } from './scoring/score-votes.ts';

/** As the command line gives them. */
export interface ScoreFlags {
  readonly student: string;
  readonly grader: string;
  readonly k?: string;
  readonly rounds?: string;
  readonly gradings?: string;
  readonly deductNames?: boolean;
  readonly dropSkills?: string;
  readonly missing: string;
}

export interface ScoredRun
  extends RunScore, Pick<FoundRun, 'k' | 'seed' | 'generationVersion' | 'gradingVersion' | 'rounds' | 'gradings'> {
  readonly missingGradings: readonly MissingGrading[];
  readonly problems: readonly Problem[];
}

export interface FolderScores {
  readonly student: string;
  readonly grader: string;
  readonly missing: MissingRule;
  readonly namesDeducted: boolean;
  readonly byK: readonly ScoredRun[];
  readonly notFound: readonly NotFound[];
}

/** With `--json`, standard output is one JSON value, also for a mistake of the user. */
export function scoreFolder(directory: string, flags: ScoreFlags, terminal: Terminal): void {
  try {
    const scores = scoreRuns(directory, flags);
    terminal.finish(scores, () => printScores(scores, terminal));
    if (scores.byK.some(({ counts }) => counts.scored > 0)) return;
  } catch (error) {
    if (terminal.json && error instanceof UserError)
      terminal.finish({ byK: [], error: error.message, remedy: error.remedy }, () => undefined);
    throw error;
  }
  throw nothingScored(flags);
}

const nothingScored = ({ missing }: ScoreFlags): UserError =>
  new UserError(
    'Nothing could be scored: no combination is left.',
    missing === 'zero'
      ? 'The problems listed for each k say why.'
      : 'Every combination lacks a point: the problems listed say why. `--missing zero` counts what is missing as 0.',
  );

export function scoreRuns(directory: string, flags: ScoreFlags): FolderScores {
  const options: ScoreOptions = {
    missing: readMissing(flags.missing),
    deductNames: flags.deductNames === true,
    dropSkills: splitList(flags.dropSkills) ?? [],
  };
  const { runs, notFound } = findRuns({
    directory,
    student: flags.student,
    grader: flags.grader,
    ks: readNumbers('--k', flags.k),
    rounds: readNumbers('--rounds', flags.rounds),
    gradings: readNumbers('--gradings', flags.gradings),
  });
  const opened = runs.map((found) => ({ found, opened: readRun(found, directory) }));
  checkSkills(
    options.dropSkills,
    opened.map((one) => one.opened),
  );
  return {
    student: flags.student,
    grader: flags.grader,
    missing: options.missing,
    namesDeducted: options.deductNames,
    byK: opened.map((one) => scoreOpened(one.found, one.opened, options)),
    notFound,
  };
}

function scoreOpened(found: FoundRun, { run, missingGradings, problems }: OpenedRun, options: ScoreOptions): ScoredRun {
  const { k, seed, generationVersion, gradingVersion, rounds, gradings } = found;
  const score = scoreRun(run, options);
  return { k, seed, generationVersion, gradingVersion, rounds, gradings, ...score, missingGradings, problems };
}

function readMissing(written: string): MissingRule {
  const rule = MISSING_RULES.find((one) => one === written);
  if (rule) return rule;
  throw new UserError(
    `--missing ${written} is unknown.${nearestOf(written, MISSING_RULES)}`,
    `Known: ${MISSING_RULES.join(', ')}.`,
  );
}

const splitList = (written: string | undefined): string[] | undefined =>
  written
    ?.split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');

function readNumbers(option: string, written: string | undefined): number[] | undefined {
  const parts = splitList(written);
  if (parts === undefined) return undefined;
  if (parts.length === 0 || parts.some((part) => !/^[1-9]\d{0,5}$/.test(part)))
    throw new UserError(
      `${option} "${written ?? ''}" is not a list of numbers from 1.`,
      `For example: ${option} 1,2,3.`,
    );
  return [...new Set(parts.map(Number))].sort((a, b) => a - b);
}

/** A name that occurs in no row would silently leave nothing out. */
function checkSkills(dropped: readonly string[], opened: readonly OpenedRun[]): void {
  const known = listSkills(opened.map(({ run }) => run));
  for (const name of dropped)
    if (!isKnownSkill(name, known))
      throw new UserError(
        `--drop-skills names "${name}", which no combination has.${nearestOf(name, known)}`,
        known.length === 0 ? 'No row could be read.' : `There are: ${known.join('; ')}.`,
      );
}
