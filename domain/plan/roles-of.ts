import type { Study, Teacher } from '../../contracts/study.ts';

/** Who is asked in a study, students aside, each with its place in the study file. */
export const rolesOf = (
  study: Pick<Study, 'teacher' | 'keepGrader' | 'graders'>,
): (readonly [place: string, role: Teacher])[] => [
  ['teacher', study.teacher],
  ['keepGrader', study.keepGrader],
  ...study.graders.map((grader) => [`graders.${grader.id}`, grader] as const),
];
