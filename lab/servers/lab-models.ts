/** The models that the lab serves, and the protocol of each. */
import { writeAsCalculator } from '../world/calculator.ts';
import { cutReply, countTokens, type ChatReply, type ChatRequest } from '../world/chat.ts';
import { gradeLeniently, gradeStrictly } from '../world/graders.ts';
import { writeAsTeacher } from '../world/teacher.ts';
import { spoilReply, type Faults } from './faults.ts';

export type ProtocolName = 'openai' | 'anthropic';

export interface LabModel {
  readonly name: string;
  readonly protocol: ProtocolName;
  readonly answer: (request: ChatRequest) => string;
}

export const LAB_MODELS: readonly LabModel[] = [
  { name: 'lab-teacher', protocol: 'openai', answer: writeAsTeacher },
  { name: 'lab-calculator', protocol: 'openai', answer: writeAsCalculator },
  { name: 'lab-strict', protocol: 'openai', answer: gradeStrictly },
  { name: 'lab-lenient', protocol: 'anthropic', answer: gradeLeniently },
];

export const findModel = (protocol: ProtocolName, name: string): LabModel | undefined =>
  LAB_MODELS.find((model) => model.protocol === protocol && model.name === name);

/** The reply of a model: a pure function of request and faults. */
export function answerRequest(model: LabModel, request: ChatRequest, faults: Faults): ChatReply {
  const reply = spoilReply(faults, request, model.answer(request));
  if (request.maxTokens === undefined || countTokens(reply.text) <= request.maxTokens) return reply;
  return { end: 'truncated', text: cutReply(reply.text, request.maxTokens) };
}
