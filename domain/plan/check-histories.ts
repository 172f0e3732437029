/**
 * Refuses a study in which one text, one combination or the children of one workflow need a history beyond the limits
 * of invariant 3.
 */
import type { Catalog } from '../../contracts/catalog.ts';
import { UserError } from '../../contracts/failures.ts';
import { isTrained, type Study } from '../../contracts/study.ts';
import {
  callNumbers,
  callsOfLongestText,
  EVENTS_BESIDE,
  EVENTS_OF_CALL,
  EVENTS_OF_CHILD,
  MAX_CALLS_IN_WORK,
  MAX_EVENTS,
  shardsOf,
  SIZES,
  type CallNumbers,
} from '../run/history-sizes.ts';
import { waveSizes } from './wave-sizes.ts';

const SPLIT = 'split the study into several, which share every reply.';
/**
 * An arm has two child workflows (tune, evaluate) and at most two activities: which cells are asked, and that it
 * failed.
 */
const EVENTS_OF_ARM = 2 * EVENTS_OF_CHILD + 2 * EVENTS_OF_CALL;

/** Throws `UserError` naming the place and what to change. */
export function checkHistories(study: Study, catalog: Catalog): void {
  const numbers = callNumbers(study, catalog);
  checkCalls(study, numbers);
  checkCompose(study, numbers);
  checkArms(study);
  checkCells(study, numbers);
}

const callsOfCombination = ({ evaluation }: Study, { studentTurns, graders, gradings }: CallNumbers): number =>
  evaluation.generations * (studentTurns + graders * gradings);

function checkCalls(study: Study, numbers: CallNumbers): void {
  const calls = callsOfCombination(study, numbers);
  requireAtMost('evaluation: calls of one combination', calls, SIZES.callsPerShard, 'Lower generations or gradings.');
  const longest = callsOfLongestText(numbers);
  const what = 'compose.keep.gradings, evaluation: calls of one text with every grading asked again to `asks`';
  requireAtMost(what, longest, MAX_CALLS_IN_WORK, 'Lower gradings or `evaluation.asks`.');
}

function checkCompose({ compose }: Study, { teacherTurns, keepGradings }: CallNumbers): void {
  for (const [k, target] of Object.entries(compose.kept)) {
    const waves = waveSizes(target, compose.maxPlanned[k] ?? target, compose.wave);
    const shards = waves.map((texts) => shardsOf(texts, teacherTurns + keepGradings));
    const events = sum(shards) * EVENTS_OF_CHILD + waves.length * EVENTS_OF_CALL;
    const what = `compose.maxPlanned.${k}: waves (${waves.length}, with ${sum(shards)} shards)`;
    requireEvents(what, events, `Raise \`compose.wave\`, plan less, or ${SPLIT}`);
  }
}

function checkArms({ compose, students, arms, training, partitions }: Study): void {
  const trained = arms.filter(isTrained).length * training.replicates.length * partitions;
  const lists = Object.keys(compose.kept).length * partitions;
  const events =
    lists * EVENTS_OF_CHILD +
    students.length * ((trained + 1) * EVENTS_OF_ARM + arms.length * partitions * EVENTS_OF_CALL);
  requireEvents(
    `students x arms x replicates x partitions (${students.length * trained} to train)`,
    events,
    `Name fewer, or ${SPLIT}`,
  );
}

function checkCells(study: Study, numbers: CallNumbers): void {
  const { evaluation, arms, partitions } = study;
  const { k, settings, combinations } = evaluation;
  const shards = shardsOf(combinations, callsOfCombination(study, numbers));
  requireEvents(
    `evaluation.combinations: ${shards} shards of one cell`,
    shards * EVENTS_OF_CHILD,
    `Lower combinations, generations or gradings, or ${SPLIT}`,
  );
  // Untrained arms share a server, so their cells are the children of one workflow.
  const sharing = Math.max(1, arms.filter((arm) => !isTrained(arm)).length * partitions);
  const cells = sharing * k.length * settings.length;
  const what = `evaluation: ${cells} cells of one checkpoint`;
  requireEvents(what, cells * EVENTS_OF_CHILD, `Lower k, settings, partitions or untrained arms, or ${SPLIT}`);
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

const requireEvents = (what: string, events: number, remedy: string): void =>
  requireAtMost(`${what}, in events of one history`, events, MAX_EVENTS - EVENTS_BESIDE - 1, remedy);

function requireAtMost(what: string, value: number, most: number, remedy: string): void {
  if (value <= most) return;
  throw new UserError(`${what}: ${value.toLocaleString('en')}, but at most ${most.toLocaleString('en')} fit.`, remedy);
}
