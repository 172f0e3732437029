/** Checks that hypotheses name arms, students, graders, settings and values of k that the study has. */
import { UserError } from '../../contracts/failures.ts';
import type { Study } from '../../contracts/study.ts';
import { requireKnown, requireUnique } from './require.ts';

export function checkHypotheses({ hypotheses, arms, students, graders, evaluation }: Study): void {
  const idsOf = (all: readonly { id: string }[]) => all.map(({ id }) => id);
  requireUnique('hypotheses', idsOf(hypotheses));
  for (const { id, arm, against, student, k, setting, grader, alternative, margin } of hypotheses) {
    const place = `hypotheses.${id}`;
    requireKnown(`${place}.arm`, arm, idsOf(arms));
    requireKnown(`${place}.against`, against, idsOf(arms));
    if (student !== undefined) requireKnown(`${place}.student`, student, idsOf(students));
    requireKnown(`${place}.setting`, setting, idsOf(evaluation.settings));
    requireKnown(`${place}.grader`, grader, idsOf(graders));
    requireUnique(`${place}.k`, k.map(String));
    for (const one of k) requireKnown(`${place}.k`, String(one), evaluation.k.map(String));
    if (arm === against)
      throw new UserError(`${place}.against: arm "${arm}" is compared with itself.`, 'Name another arm.');
    if (margin !== undefined && alternative !== 'two-sided')
      throw new UserError(
        `${place}.alternative: ${alternative}, but \`margin\` makes it a test of equivalence, which is two-sided.`,
        'Leave out `alternative`, or leave out `margin` to test for a difference.',
      );
  }
}
