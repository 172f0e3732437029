/** Checks of arms that a schema cannot express: every arm can be trained on what is composed and kept. */
import { UserError } from '../../contracts/failures.ts';
import type { Study, TrainedArm } from '../../contracts/study.ts';
import { isTrained } from '../../contracts/study.ts';
import { requireKnown, requireUnique } from './require.ts';

export function checkArms(study: Study): void {
  const ids = study.arms.map(({ id }) => id);
  requireUnique('arms', ids);
  for (const arm of study.arms.filter(isTrained)) checkTrainedArm(study, arm, ids);
  for (const [k, target] of Object.entries(study.compose.kept)) {
    const planned = study.compose.maxPlanned[k];
    if (planned === undefined || planned < target)
      throw new UserError(
        `compose.maxPlanned.${k}: ${planned ?? 'no'} texts are planned, but ${target} must be kept.`,
        `Plan at least ${target}; a surplus replaces what the keep rule and dedupe drop.`,
      );
  }
}

function checkTrainedArm(study: Study, arm: TrainedArm, ids: readonly string[]): void {
  for (const [k, take] of Object.entries(arm.take)) {
    const kept = study.compose.kept[k];
    if (kept === undefined)
      throw new UserError(`arms.${arm.id}.take: k = ${k} is not composed.`, `Add ${k} to \`compose.kept\`.`);
    if (take !== 'all' && take > kept)
      throw new UserError(
        `arms.${arm.id}.take.${k}: ${take} texts are taken, but only ${kept} are kept.`,
        `Take at most ${kept} or keep more.`,
      );
  }
  if (Object.keys(arm.take).length === 0)
    throw new UserError(`arms.${arm.id}.take: no text is taken.`, 'Name a k, or write `untrained: true`.');
  if (!arm.match) return;
  requireKnown(`arms.${arm.id}.match.arm`, arm.match.arm, ids);
  const other = study.arms.find(({ id }) => id === arm.match?.arm);
  if (!other || !isTrained(other) || other.match || other.id === arm.id)
    throw new UserError(
      `arms.${arm.id}.match.arm: "${arm.match.arm}" cannot be matched.`,
      'Match a trained arm that matches none itself.',
    );
  const [own, wanted] = [sizeOf(arm, study), sizeOf(other, study)];
  if (arm.match.by === 'texts' && own < wanted)
    throw new UserError(
      `arms.${arm.id}.match: the arm takes ${own} texts, fewer than the ${wanted} of arm ${other.id}.`,
      'Matching leaves texts out and adds none: let this arm take more, or match the other way round.',
    );
}

const sizeOf = ({ take }: TrainedArm, { compose }: Study): number =>
  Object.entries(take).reduce((sum, [k, count]) => sum + (count === 'all' ? (compose.kept[k] ?? 0) : count), 0);
