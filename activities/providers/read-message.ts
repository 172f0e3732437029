import type { ModelReply, ModelRequest } from '../../contracts/calls.ts';
import { classifyErrorBody } from './classify.ts';
import { brokenEnvelope, unreadable, type ProviderFault } from './provider-fault.ts';
import { allText, detailsOf, endOf, fieldsOf, hasUsage, nameOfEnd, readMessageUsage, textOf } from './reply-parts.ts';

/** As `readCompletion`, for Anthropic's messages. */
export function readMessage(name: string, request: Pick<ModelRequest, 'messages'>, body: unknown): ModelReply {
  const message = fieldsOf(body);
  if (message['type'] === 'error' || (message['error'] && message['content'] === undefined))
    throw classifyErrorBody(name, body);
  const said = message['usage'];
  const usage = readMessageUsage(said, { request, text: allText(message['content']) });
  const fail = (what: string, streak: ProviderFault['streak'] = 'shape') =>
    unreadable(name, what, { streak, ...(hasUsage(said) ? { usage } : {}) });
  const { model, content, stop_reason: stop } = message;
  if (content === undefined && stop === undefined && !hasUsage(said)) throw brokenEnvelope(name);
  if (typeof model !== 'string' || model === '') throw fail('it does not say which model has answered');
  const text = textOf(content);
  if (text === undefined) throw fail('its content is no text');
  const end = endOf(stop);
  if (end === undefined) throw fail(`it ended by ${nameOfEnd(stop)}, which is no good end`, 'finish');
  return {
    end,
    text,
    servedModel: model,
    usage,
    details: detailsOf({ finishReason: stop, responseId: message['id'], requestId: message['_request_id'] }),
  };
}
