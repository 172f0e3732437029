/** The roles of a study that a maker's model fills. */
import type { Plan } from '../../contracts/plan.ts';
import type { Protocol } from '../../contracts/protocols.ts';
import type { Parameters } from '../../contracts/study.ts';

export interface MakerRole {
  readonly role: string;
  readonly provider: string;
  readonly model: string;
  readonly parameters: Parameters;
  readonly protocol: Protocol;
}

/** Only a maker's own address counts: other servers may still have a retired model, and take what the maker's refuses. */
export function makerRoles({ science }: Pick<Plan, 'science'>): MakerRole[] {
  const roles = [
    { role: 'teacher', ...science.teacher },
    { role: 'keep grader', ...science.keepGrader },
    ...science.graders.map((grader) => ({ role: `grader ${grader.id}`, ...grader })),
  ];
  return roles.flatMap(({ role, provider, model, parameters }) => {
    const { protocol, endpoint } = science.providers[provider] ?? {};
    return protocol && endpoint === 'default' ? [{ role, provider, model, parameters, protocol }] : [];
  });
}
