import { describe, expect, it } from '@jest/globals';
import { readModelData } from '../../../client/study-file/read-model-data.ts';
import type { Plan } from '../../../contracts/plan.ts';
import { NOT_SENT } from '../../../contracts/study.ts';
import { refusedParameters } from '../../../domain/models/refused-parameters.ts';

const makers = await readModelData();
const refused = (protocol: 'openai' | 'anthropic', model: string, parameters: object, endpoint = 'default') => {
  const role = { provider: 'maker', model, parameters: { temperature: NOT_SENT, topP: NOT_SENT, ...parameters } };
  const science = { teacher: role, keepGrader: role, graders: [], providers: { maker: { protocol, endpoint } } };
  return refusedParameters({ science } as unknown as Plan, makers).map((row) => row.refused);
};

describe('refusedParameters', () => {
  it.each([
    ['openai', 'gpt-5.1-2025-11-13', { temperature: 0 }, 1],
    // Does not reason unless told to.
    ['openai', 'gpt-5.2-2025-12-11', { temperature: 0 }, 0],
    ['openai', 'gpt-5.2', { temperature: 0, topP: 0.5 }, 0],
    ['openai', 'gpt-5.2-pro', { temperature: 0 }, 1],
    ['openai', 'gpt-5-mini', { temperature: 0.7, topP: 0.9 }, 2],
    ['openai', 'o3-mini', { topP: 0.9 }, 1],
    ['openai', 'gpt-5-mini', { temperature: 1 }, 0],
    ['openai', 'gpt-5-chat-latest', { temperature: 0 }, 0],
    ['openai', 'gpt-4o-2024-08-06', { temperature: 0 }, 0],
    ['anthropic', 'claude-opus-4-8', { temperature: 0 }, 1],
    ['anthropic', 'claude-opus-4-7-20260401', { temperature: 0 }, 1],
    ['anthropic', 'claude-sonnet-5-5', { temperature: 0 }, 1],
    ['anthropic', 'claude-sonnet-4-5-20250929', { temperature: 0 }, 0],
    ['anthropic', 'claude-sonnet-4-5-20250929', { temperature: 0, topP: 0.9 }, 1],
    ['anthropic', 'claude-opus-4-20250514', { temperature: 0, topP: 0.9 }, 0],
    ['anthropic', 'claude-3-opus-20240229', { temperature: 0 }, 0],
  ] as const)('%s %s with %j: %i for each role', (protocol, model, parameters, count) => {
    expect(refused(protocol, model, parameters)).toHaveLength(2 * count);
  });

  it('names the role, the model and the value, for each grader too', () => {
    const role = (model: string, given: object) => ({
      ...{ provider: 'maker', model, parameters: { temperature: NOT_SENT, topP: NOT_SENT, ...given } },
    });
    const science = {
      teacher: role('claude-opus-4-8', { topP: 0.9 }),
      keepGrader: role('claude-sonnet-4-5-20250929', { temperature: 0, topP: 0.9 }),
      graders: [
        { id: 'first', ...role('claude-opus-4-8', { temperature: 0.5 }) },
        { id: 'second', ...role('claude-opus-4-8', {}) },
        { id: 'third', ...role('claude-opus-4-8', { temperature: 0.5 }), provider: 'unknown' },
      ],
      providers: { maker: { protocol: 'anthropic', endpoint: 'default' } },
    };
    expect(refusedParameters({ science } as unknown as Plan, makers)).toEqual([
      { role: 'teacher', model: 'claude-opus-4-8', refused: 'topP 0.9: only 1, the default, is accepted' },
      {
        role: 'keep grader',
        model: 'claude-sonnet-4-5-20250929',
        refused: 'temperature and topP: only one of them is accepted',
      },
      { role: 'grader first', model: 'claude-opus-4-8', refused: 'temperature 0.5: only 1, the default, is accepted' },
    ]);
    const openai = { ...science, providers: { maker: { protocol: 'openai', endpoint: 'default' } } };
    const teacher = role('o3', { temperature: 0, topP: 0.5 });
    const found = refusedParameters({ science: { ...openai, teacher, graders: [] } } as unknown as Plan, makers);
    expect(found.map((one) => one.refused)).toEqual([
      'temperature 0: only 1, the default, is accepted',
      'topP 0.5: only 1, the default, is accepted',
    ]);
  });

  it('says nothing of servers that are not the maker’s', () => {
    expect(refused('openai', 'gpt-5-mini', { temperature: 0 }, 'http://localhost:8000/v1')).toEqual([]);
  });
});
