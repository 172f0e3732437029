import type { Study, Teacher } from '../../contracts/study.ts';

/** The roles that providers answer (all but students), each with its place in the study file. */
export const rolesOf = (
  study: Pick<Study, 'teacher' | 'keepGrader' | 'graders'>,
): (readonly [place: string, role: Teacher])[] => [
  ['teacher', study.teacher],
  ['keepGrader', study.keepGrader],
  ...study.graders.map((grader) => [`graders.${grader.id}`, grader] as const),
];
