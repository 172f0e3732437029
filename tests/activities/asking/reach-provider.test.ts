import { expect, it } from '@jest/globals';
import { requirePlannedModel } from '../../../activities/asking/reach-provider.ts';
import { requestOf } from '../../support/test-home.ts';

const answeredBy = (servedModel: string) => () => {
  requirePlannedModel(requestOf(), {
    end: 'complete',
    text: '',
    servedModel,
    usage: { inputTokens: 1, outputTokens: 1 },
  });
};

it('names the model that has answered in place of the planned one', () => {
  expect(answeredBy('vendor/other-2')).toThrow(/answered by vendor\/other-2;/);
});

it.each([['words of a server'], ['x'.repeat(100_000)]])('takes no name of any length or shape over', (name) => {
  expect(answeredBy(name)).toThrow(/answered by a model without a proper name;/);
});
