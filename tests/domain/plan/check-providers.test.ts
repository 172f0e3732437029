import { describe, expect, it } from '@jest/globals';
import { UserError } from '../../../contracts/failures.ts';
import { PROTOCOLS } from '../../../contracts/protocols.ts';
import { checkProviders } from '../../../domain/plan/check-providers.ts';
import { makeSyntheticPlan } from '../../support/synthetic-study.ts';

/** What is said of a study that is right but for these facts of OpenAI's protocol and this change. */
function refusal(facts: object, change: object): string {
  const { science } = makeSyntheticPlan({ students: ['tiny'], replicates: 1, partitions: 1 });
  const study = { ...science, teacher: { ...science.teacher, ...change } };
  try {
    checkProviders(study, { ...PROTOCOLS, openai: { ...PROTOCOLS.openai, ...facts } });
  } catch (error) {
    if (error instanceof UserError) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('what a protocol cannot do', () => {
  it.each([
    ['batches', { batches: false }, { mode: 'batch' }, /^teacher\.mode: batch, but the openai protocol has no batches/],
    ['the lab', { lab: false }, {}, /^providers\.lab\.endpoint: lab, but the lab does not speak the openai protocol/],
  ])('is refused before a study starts: %s', (_, facts, role, message) => {
    expect(refusal(facts, role)).toMatch(message);
    expect(refusal({}, role)).toBe('accepted');
  });
});
