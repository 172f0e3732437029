/** A text, a call or a cell as lines for people. Whatever comes from models is shown as text, never acted upon. */
import type { ShownCall, ShownGrading, ShownText } from '../../activities/analysis/read-text.ts';
import type { StoredCall } from '../../contracts/calls.ts';
import type { Plan } from '../../contracts/plan.ts';
import { visibleText } from '../../domain/basics/visible-text.ts';
import { modelName } from '../../domain/money/spending.ts';

const indent = (text: string, by = '  '): string[] =>
  visibleText(text)
    .split('\n')
    .map((line) => `${by}${line}`);

export function describeText(plan: Plan, path: string, shown: ShownText): string[] {
  const { combination, labels, written, turns, gradings } = shown;
  const topic = plan.catalog.topics.find(({ id }) => id === combination.topic)?.name ?? combination.topic;
  const skills = combination.skills.map((id) => plan.catalog.skills.find((skill) => skill.id === id)?.name ?? id);
  return [
    `${path}  ${written.end}`,
    `topic   ${visibleText(topic)}`,
    `skills  ${visibleText(skills.join(', '))}`,
    ...turns.flatMap((turn, index) => [
      '',
      `TURN ${index + 1}  ${describeKey(turn)}`,
      ...lastPrompt(turn),
      ...replyLines(turn),
    ]),
    ...(written.end === 'generated' ? ['', 'TEXT', ...indent(written.text)] : []),
    ...gradings.flatMap((grading) => describeGrading(grading, labels)),
  ];
}

function describeGrading({ grader, round, outcome, calls }: ShownGrading, labels: readonly string[]): string[] {
  const head = `GRADING  ${grader}, no. ${round + 1}: ${outcome.end}`;
  const points =
    outcome.end === 'graded'
      ? outcome.points.map((point, index) => `  ${point}  ${visibleText(labels[index] ?? `point ${index + 1}`)}`)
      : outcome.end === 'unparsable'
        ? [`  ${visibleText(outcome.reason)}`]
        : [];
  const asked = calls.flatMap((call) => [`  ${describeKey(call)}`, ...replyLines(call)]);
  return ['', head, ...points, ...asked];
}

/** A whole call: all that was sent, and all that came back. */
export function describeCall(shown: ShownCall): string[] {
  const { request } = shown;
  return [
    `CALL  ${describeKey(shown)}`,
    `parameters  ${JSON.stringify(request.parameters)}`,
    `replicate ${request.replicate}, sample ${request.sample}, ask ${request.ask}`,
    ...request.messages.flatMap(({ role, content }) => ['', `${role.toUpperCase()}`, ...indent(content)]),
    '',
    ...replyLines(shown),
  ];
}

const describeKey = ({ key, request }: ShownCall): string => `${modelName(request)}  ${key}`;

const lastPrompt = ({ request }: ShownCall): string[] => [
  '  PROMPT',
  ...indent(request.messages.at(-1)?.content ?? '', '    '),
];

function replyLines({ call }: ShownCall): string[] {
  if (call === null) return ['  not asked yet'];
  if (call.end === 'failed') return [`  failed: ${visibleText(call.reason)}`];
  return [`  REPLY  ${describeReply(call)}`, ...indent(call.text, '    ')];
}

function describeReply(call: Exclude<StoredCall, { end: 'failed' }>): string {
  const { inputTokens, outputTokens, estimated } = call.usage;
  const counted = `${inputTokens} + ${outputTokens} tokens${estimated ? ' (estimated)' : ''}`;
  const details = Object.entries(call.details ?? {}).map(([name, value]) => `${name} ${String(value)}`);
  const reason = call.reason === undefined ? [] : [call.reason];
  return visibleText([call.end, ...reason, `by ${call.servedModel || 'nobody'}`, counted, ...details].join(', '));
}
