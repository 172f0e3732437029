import type { ModelReply, ModelRequest } from '../../contracts/calls.ts';
import { classifyErrorBody } from './classify.ts';
import { brokenEnvelope, unreadable, type ProviderFault } from './provider-fault.ts';
import {
  allText,
  detailsOf,
  endOf,
  fieldsOf,
  hasUsage,
  nameOfEnd,
  readCompletionUsage,
  refusalOf,
  textOf,
} from './reply-parts.ts';

/**
 * Reads a chat completion as servers really write it. Throws `ProviderFault` for what is no reply, or came to no good end:
 * that is asked again under the same key, and paid as its usage says.
 */
export function readCompletion(name: string, request: Pick<ModelRequest, 'messages'>, body: unknown): ModelReply {
  const completion = fieldsOf(body);
  if (isError(completion['error'])) throw classifyErrorBody(name, body);
  const choices: unknown[] = Array.isArray(completion['choices']) ? completion['choices'] : [];
  const choice = fieldsOf(choices.find((one) => fieldsOf(one)['index'] === 0) ?? choices[0]);
  if (isError(choice['error'])) throw classifyErrorBody(name, choice);
  const message = fieldsOf(choice['message']);
  const written = { request, text: allText({ ...message, role: undefined }) };
  const said = completion['usage'];
  const usage = readCompletionUsage(said, written);
  const fail = (what: string, streak: ProviderFault['streak'] = 'shape') =>
    unreadable(name, what, { streak, ...(hasUsage(said) ? { usage } : {}) });
  if (typeof choice['message'] !== 'object' || choice['message'] === null || Array.isArray(choice['message'])) {
    if (!hasUsage(said)) throw brokenEnvelope(name);
    throw fail('it has no message');
  }
  const { model } = completion;
  if (typeof model !== 'string' || model === '') throw fail('it does not say which model has answered');
  const text = textOf(message['content']);
  if (text === undefined) throw fail('its content is no text');
  const refusal = [message['refusal'], refusalOf(message['content'])].find(isWords) ?? '';
  const end = refusal === '' ? endOf(choice['finish_reason']) : 'refused';
  if (end === undefined)
    throw fail(`it ended by ${nameOfEnd(choice['finish_reason'])}, which is no good end`, 'finish');
  return {
    end,
    text: text === '' ? refusal : text,
    servedModel: model,
    usage,
    details: detailsOf({
      finishReason: choice['finish_reason'],
      responseId: completion['id'],
      requestId: completion['_request_id'],
      fingerprint: completion['system_fingerprint'],
    }),
  };
}

/** Some servers write that there is none, instead of leaving it out. */
const NO_REFUSAL = /^\s*(?:|none|null|false|no|n\/a)\s*$/i;

const isWords = (value: unknown): value is string => typeof value === 'string' && !NO_REFUSAL.test(value);

/** One that says nothing beside a reply says that there is none. */
const isError = (error: unknown): boolean =>
  isWords(error) ||
  (typeof error === 'object' && error !== null && Object.values(error).some((part) => part !== null && part !== ''));

const MOST_OF_NAME = 200;

/** A whole completion that came with an error's status: filtered, as Azure and its proxies tell it. */
export function readFiltered(
  name: string,
  request: Pick<ModelRequest, 'messages'>,
  body: unknown,
): ModelReply | undefined {
  if (!Array.isArray(fieldsOf(body)['choices'])) return undefined;
  try {
    const reply = readCompletion(name, request, body);
    if (reply.end !== 'refused') return undefined;
    // Not compared with the planned one: so it may be anything, of any length.
    return { ...reply, servedModel: reply.servedModel.slice(0, MOST_OF_NAME), reason: 'content_filter' };
  } catch {
    return undefined;
  }
}
