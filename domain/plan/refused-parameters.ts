/** Sampling parameters that models are known to refuse: a study that sends one gets an error for every request. */
import type { Plan } from '../../contracts/plan.ts';
import type { Protocol } from '../../contracts/protocols.ts';
import { NOT_SENT, type Parameters } from '../../contracts/study.ts';

interface Refusal {
  readonly models: RegExp;
  readonly refuses: (parameters: Parameters) => readonly string[];
}

const sent = <T>(value: T | typeof NOT_SENT): value is T => value !== NOT_SENT;
const besidesOne = (name: string, value: number | typeof NOT_SENT): string[] =>
  sent(value) && value !== 1 ? [`${name} ${value}: only 1, the default, is accepted`] : [];

/** What the makers' servers answer with status 400, by the names of their models. */
const REFUSALS: Readonly<Partial<Record<Protocol, readonly Refusal[]>>> = {
  openai: [
    {
      // Reasoning models; the chat variants of the fifth generation still sample as told.
      models: /^(?:o\d|gpt-(?:[5-9]|\d{2,})(?!.*-chat))/,
      refuses: ({ temperature, topP }) => [...besidesOne('temperature', temperature), ...besidesOne('topP', topP)],
    },
  ],
  anthropic: [
    {
      models: /^claude-(?:[a-z]+-4-(?:[7-9]|\d{2})(?!\d)|[a-z]+-(?:[5-9]|\d{2})(?!\d))/,
      refuses: ({ temperature, topP }) => [...besidesOne('temperature', temperature), ...besidesOne('topP', topP)],
    },
    {
      models: /^claude-(?:opus-4-1|[a-z]+-4-[56])(?!\d)/,
      refuses: ({ temperature, topP }) =>
        sent(temperature) && sent(topP) ? ['temperature and topP: only one of them is accepted'] : [],
    },
  ],
};

export interface RefusedParameter {
  readonly role: string;
  readonly model: string;
  readonly refused: string;
}

/** Only a maker's own address counts: other servers may take what the maker's does not. */
export function refusedParameters({ science }: Pick<Plan, 'science'>): RefusedParameter[] {
  const roles = [
    { role: 'teacher', ...science.teacher },
    { role: 'keep grader', ...science.keepGrader },
    ...science.graders.map((grader) => ({ role: `grader ${grader.id}`, ...grader })),
  ];
  return roles.flatMap(({ role, provider, model, parameters }) => {
    const { protocol, endpoint } = science.providers[provider] ?? {};
    if (!protocol || endpoint !== 'default') return [];
    const refusals = (REFUSALS[protocol] ?? []).filter(({ models }) => models.test(model));
    return refusals.flatMap(({ refuses }) => refuses(parameters).map((refused) => ({ role, model, refused })));
  });
}
