import { describe, expect, it } from '@jest/globals';
import { UserError } from '../../../contracts/failures.ts';
import { studySchema } from '../../../contracts/study.ts';
import { accessOf, makePlan, planHash, scienceOf } from '../../../domain/plan/make-plan.ts';
import { makeSyntheticPlan } from '../../support/synthetic-study.ts';

const { science, catalog } = makeSyntheticPlan({ students: ['tiny'], replicates: 1, partitions: 1 });

interface Change {
  readonly protocol?: 'anthropic';
  readonly parameters?: object;
  readonly student?: object;
  readonly provider?: object;
}

/** The synthetic study, whose teacher or provider is changed. */
function studyWith({ protocol, parameters = {}, student = {}, provider = {} }: Change) {
  const [tiny] = science.students;
  return studySchema.parse({
    ...science,
    providers: { lab: { ...science.providers['lab'], ...(protocol ? { protocol } : {}), ...provider } },
    teacher: { ...science.teacher, parameters: { maxTokens: 4096, ...parameters } },
    students: [{ ...tiny, parameters: { ...tiny?.parameters, ...student } }],
  });
}

function refusal(change: Change): string {
  try {
    makePlan(studyWith(change), catalog);
  } catch (error) {
    if (error instanceof UserError) return `${error.message} ${error.remedy}`;
    throw error;
  }
  return 'accepted';
}

const claude = { protocol: 'anthropic' } as const;

describe('parameters that a protocol refuses', () => {
  it.each<[string, Change, RegExp]>([
    [
      'thinking over openai',
      { parameters: { thinking: 'adaptive' } },
      /^teacher\.parameters\.thinking: .*reasoningEffort/,
    ],
    ['verbosity over anthropic', { ...claude, parameters: { verbosity: 'low' } }, /^teacher\.parameters\.verbosity:/],
    [
      'an effort below low over anthropic',
      { ...claude, parameters: { reasoningEffort: 'none' } },
      /^teacher\.parameters\.reasoningEffort: none, .*`thinking: off`/,
    ],
    [
      'a temperature beside thoughts',
      { ...claude, parameters: { thinking: 'adaptive', temperature: 0.7 } },
      /^teacher\.parameters\.temperature: 0\.7, .*`temperature: not sent`/,
    ],
    [
      'a top-p beside thoughts',
      { ...claude, parameters: { thinking: { budget: 1024 }, topP: 0.9 } },
      /^teacher\.parameters\.topP: 0\.9, .*`topP: not sent`/,
    ],
    [
      'a budget that leaves no room',
      { ...claude, parameters: { thinking: { budget: 4096 } } },
      /^teacher\.parameters\.thinking\.budget: 4096, but maxTokens is 4096: .*Raise `maxTokens` above 4096/,
    ],
    [
      'an effort of a student',
      { student: { reasoningEffort: 'low' } },
      /^students\.tiny\.parameters\.reasoningEffort:/,
    ],
    ['a verbosity of a student', { student: { verbosity: 'low' } }, /^students\.tiny\.parameters\.verbosity:/],
    ['thoughts of a student', { student: { thinking: 'off' } }, /^students\.tiny\.parameters\.thinking:/],
    [
      'an organisation over anthropic',
      { ...claude, provider: { organisation: 'o' } },
      /^providers\.lab\.organisation:/,
    ],
    ['a project over anthropic', { ...claude, provider: { project: 'p' } }, /^providers\.lab\.project:/],
    ['a tier of another maker', { provider: { serviceTier: 'standard_only' } }, /^providers\.lab\.serviceTier: .*flex/],
    ['a tier of another maker', { ...claude, provider: { serviceTier: 'flex' } }, /serviceTier: .*auto, standard_only/],
    [
      'a name of the limit over anthropic',
      { ...claude, provider: { tokenLimit: 'max_completion_tokens' } },
      /^providers\.lab\.tokenLimit:/,
    ],
    [
      'another name of a model that is not asked',
      { provider: { servedAs: { teachr: 'x' } } },
      /^providers\.lab\.servedAs: "teachr".*Did you mean "teacher"/,
    ],
    [
      'a header that the client writes',
      { provider: { headers: { Authorization: { env: 'GATEWAY' } } } },
      /^providers\.lab\.headers\.Authorization: .*`apiKey`/,
    ],
    [
      'a secret in the study file',
      { provider: { headers: { 'X-Api-Token': 'planted' } } },
      /^providers\.lab\.headers\.X-Api-Token: .*\{env: GATEWAY_KEY\}/,
    ],
  ])('%s', (_, change, message) => {
    expect(refusal(change)).toMatch(message);
    expect(refusal(change)).not.toContain('planted');
  });

  it.each<[string, Change]>([
    ['an effort', { parameters: { reasoningEffort: 'minimal', verbosity: 'high' } }],
    ['thoughts as the model decides', { ...claude, parameters: { thinking: 'adaptive', reasoningEffort: 'max' } }],
    ['thoughts with the default temperature', { ...claude, parameters: { thinking: 'adaptive', temperature: 1 } }],
    ['no thoughts and a temperature', { ...claude, parameters: { thinking: 'off', temperature: 0 } }],
    ['a budget with room', { ...claude, parameters: { thinking: { budget: 4095 } } }],
    ['a secret by its variable', { provider: { headers: { 'api-key': { env: 'AZURE_KEY' }, 'x-monkey': 'yes' } } }],
  ])('are not %s', (_, change) => {
    expect(refusal(change)).toBe('accepted');
  });

  it.each<[string, Change]>([
    ['a budget below what the protocol takes', { parameters: { thinking: { budget: 1023 } } }],
    ['a header of two lines', { provider: { headers: { 'x-team': 'a\nb' } } }],
    ['a header without a proper name', { provider: { headers: { 'x team': 'a' } } }],
    ['a name of several words', { provider: { servedAs: { teacher: 'two words' } } }],
  ])('%s is no study file', (_, change) => {
    expect(() => studyWith(change)).toThrow();
  });
});

describe('the plan hash', () => {
  const hashWith = (change: Change) => planHash(makePlan(studyWith(change), catalog));

  it('is without what is sent beside requests, which is kept apart', () => {
    const access = {
      ...{ headers: { 'x-team': 'skills' }, organisation: 'o', project: 'p', serviceTier: 'flex' },
      ...{ servedAs: { teacher: 'deployed' }, tokenLimit: 'max_completion_tokens' },
    };
    const study = studyWith({ provider: access });
    expect(hashWith({ provider: access })).toBe(hashWith({}));
    expect(scienceOf(study).providers).toEqual({ lab: { protocol: 'openai', endpoint: 'lab' } });
    expect(accessOf(study)).toEqual({ lab: access });
    expect(accessOf(studyWith({}))).toEqual({});
  });

  it('differs for each parameter that changes what the model writes', () => {
    const hashes = [
      hashWith({}),
      hashWith({ parameters: { reasoningEffort: 'low' } }),
      hashWith({ parameters: { verbosity: 'low' } }),
      hashWith(claude),
      hashWith({ ...claude, parameters: { thinking: 'off' } }),
    ];
    expect(new Set(hashes).size).toBe(hashes.length);
  });
});
