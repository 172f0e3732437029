import { expect, it } from '@jest/globals';
import { endpointHints } from '../../../domain/models/endpoint-hints.ts';

const hints = (protocol: 'openai' | 'anthropic', endpoint: string) =>
  endpointHints({ providers: { there: { protocol, endpoint } } }).length;

it.each([
  ['openai', 'http://127.0.0.1:8000', 1],
  ['openai', 'http://127.0.0.1:8000/', 1],
  ['openai', 'https://there.example/openai', 1],
  ['openai', 'http://127.0.0.1:8000/v1', 0],
  ['openai', 'https://there.example/openai/v1/', 0],
  ['openai', 'https://there.example/v1beta/openai', 0],
  ['openai', 'default', 0],
  ['openai', 'lab', 0],
  ['anthropic', 'https://there.example', 0],
] as const)('%s at %s: %d hints', (protocol, endpoint, count) => {
  expect(hints(protocol, endpoint)).toBe(count);
});
