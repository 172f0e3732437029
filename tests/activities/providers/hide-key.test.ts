import { expect, it } from '@jest/globals';
import { hideInError, hideInReply, hiderOf } from '../../../activities/providers/hide-key.ts';
import { ProviderFault } from '../../../activities/providers/provider-fault.ts';
import type { ModelReply } from '../../../contracts/calls.ts';
import { FAILURES } from '../../../contracts/failures.ts';

const KEY = 'sk-0123456789abcdef';
const reply: ModelReply = {
  end: 'refused',
  text: `text ${KEY}`,
  servedModel: `m-${KEY}`,
  reason: KEY,
  usage: { inputTokens: 1, outputTokens: 1 },
  details: { finishReason: 'stop', responseId: `id-${KEY}`, requestId: KEY, fingerprint: KEY },
};
const hide = hiderOf(KEY) as (text: string) => string;

it('no part of a reply holds the key', () => {
  const hidden = hideInReply(reply, hide);
  expect(JSON.stringify(hidden)).not.toContain(KEY);
  expect(hidden.details).toMatchObject({ finishReason: 'stop', responseId: 'id-[key]' });
});

it('nor does the outcome that a fault carries', () => {
  const fault = hideInError(new ProviderFault(FAILURES.badRequest, `for ${KEY}`, { outcome: reply }), hide);
  expect(JSON.stringify([fault, fault.message])).not.toContain(KEY);
  expect(fault).toMatchObject({ type: FAILURES.badRequest, outcome: { end: 'refused', text: 'text [key]' } });
});
