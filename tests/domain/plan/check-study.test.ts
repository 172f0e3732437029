import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import { stringify } from 'yaml';
import { planStudy } from '../../../client/study-file/read-study.ts';
import { UserError } from '../../../contracts/failures.ts';
import { ROOT } from '../../../infra/setup/settings.mjs';
import { changeStudy, makeFolder, writeStudy } from '../../support/write-study.ts';

const folder = makeFolder();
afterAll(() => rmSync(folder, { recursive: true }));

/** What is said of the lab study when some places are changed: message and remedy. */
async function refusal(changes: Readonly<Record<string, unknown>>): Promise<string> {
  const error: unknown = await planStudy(writeStudy(folder, changeStudy(changes))).catch((thrown: unknown) => thrown);
  if (!(error instanceof UserError)) throw new Error('the study was not refused as a user mistake', { cause: error });
  return `${error.message}\n${error.remedy}`;
}

const split = (skills: readonly string[], topics: readonly string[]) =>
  writeStudy(folder, stringify({ train: { skills, topics } }), 'split.yaml');
const byFile = { split: { by: 'file', file: 'split.yaml' } };

describe('a study whose parts do not fit each other is refused', () => {
  it.each([
    ['an unknown provider', { 'teacher/provider': 'lab-opnai' }, /teacher\.provider: .*Did you mean "lab-openai"/s],
    ['an unknown prompt', { 'graders/0/prompt': 'tabel' }, /graders\.strict\.prompt: "tabel" is not known/],
    ['an unknown prompt of an arm', { 'arms/1/prompt': 'carefull' }, /arms\.base\+careful\.prompt.*"careful"/s],
    ['an unknown catalog', { catalog: 'labb' }, /catalog: "labb" is neither/],
    ['two arms with one id', { 'arms/1/id': 'base' }, /arms: "base" is listed twice/],
    ['two graders with one id', { 'graders/1/id': 'strict' }, /graders: "strict" is listed twice/],
    ['the same k twice', { 'evaluation/k': [2, 3, 2] }, /evaluation\.k: "2" is listed twice/],
    ['the same setting twice', { 'evaluation/settings': ['train', 'train'] }, /evaluation\.settings: "train"/],
    ['k beyond the pool', { 'evaluation/k': [14] }, /setting train: k = 14 is larger than the train pool of 13 skills/],
    ['k beyond the train pool in composing', { 'compose/kept/14': 5, 'compose/maxPlanned/14': 5 }, /compose\.kept\.14/],
    ['a token rate of a student', { 'rates/tiny': { tokensPerMinute: 9 } }, /rates\.tiny\.tokensPerMinute/],
    ['more calls than a history holds', { 'evaluation/generations': 60, 'evaluation/gradings': 60 }, /at most 500 fit/],
    ['more waves than a history holds', { 'compose/maxPlanned/1': 5000, 'compose/wave': 1 }, /maxPlanned\.1: waves/],
    [
      'more shards than a history holds',
      { 'compose/kept/3': 46_520, 'compose/maxPlanned/3': 90_000, 'compose/wave': 2_500 },
      /maxPlanned\.3: waves.*at most 4,031 fit.*compose\.wave/s,
    ],
    ['more shards of a cell', { 'evaluation/combinations': 50_000, 'evaluation/k': [3] }, /shards of one cell.*share/s],
    ['texts that are asked too often', { 'evaluation/asks': 200 }, /calls of one text.*evaluation\.asks/s],
    [
      'more replicates than a history holds',
      { 'training/replicates': Array.from({ length: 60 }, (_, seed) => ({ dataSeed: seed, trainSeed: seed })) },
      /students x arms x replicates x partitions.*at most/s,
    ],
    [
      'a cap over replies of any length',
      {
        limits: { usd: 5 },
        prices: { 'lab-openai/lab-teacher': { input: 1, output: 1 } },
        'teacher/parameters/maxTokens': 'not sent',
      },
      /limits\.usd: lab-openai\/lab-teacher may reply at any length/,
    ],
    ['several partitions of one split', { partitions: 3 }, /need `split: \{by: random\}`/],
    [
      'a split that holds nothing out',
      { split: { by: 'random', seed: 1, trainSkills: 23, trainTopics: 3 } },
      /23 of 23/,
    ],
    ['texts that are not composed', { 'arms/2/take': { 4: 'all' } }, /arms\.1\.take: k = 4 is not composed/],
    [
      'more texts than are kept',
      { 'arms/2/take': { 1: 301 } },
      /arms\.1\.take\.1: 301 texts are taken, but only 300 are kept/,
    ],
    ['an arm that takes nothing', { 'arms/2/take': {} }, /arms\.1\.take: no text is taken/],
    ['a plan for a k that is not kept', { 'compose/maxPlanned/4': 9 }, /compose\.maxPlanned\.4: no text with k = 4/],
    [
      'a plan below its target',
      { 'compose/maxPlanned/3': 299 },
      /compose\.maxPlanned\.3: 299 texts are planned, but 300 must be kept/,
    ],
    ['a match with an untrained arm', { 'arms/3/match': { arm: 'base', by: 'texts' } }, /"base" cannot be matched/],
    ['a match with itself', { 'arms/3/match': { arm: '1,2', by: 'texts' } }, /"1,2" cannot be matched/],
    [
      'a match with a larger arm',
      { 'arms/3/match': { arm: '1,2,3', by: 'texts' } },
      /takes 600 texts, fewer than the 900 of arm/,
    ],
    [
      'no limit in the anthropic protocol',
      { 'graders/1/parameters/maxTokens': 'not sent' },
      /protocol requires a limit/,
    ],
    [
      'two-turn samples of a one-turn prompt',
      { 'training/sample': 'two-turn' },
      /two-turn, but prompt "default".*one-turn/s,
    ],
    [
      'the same replicate twice',
      { 'training/replicates': [1, 1].map((seed) => ({ dataSeed: seed, trainSeed: seed })) },
      /training\.replicates: "dataSeed 1, trainSeed 1" is listed twice/,
    ],
    [
      'a price of no model',
      { prices: { 'lab-openai/lab-techer': { input: 1, output: 1 } } },
      /prices: .*Did you mean "lab-openai\/lab-teacher"/s,
    ],
    ['a rate of no model', { 'rates/tinny': { concurrency: 1 } }, /rates: "tinny".*Did you mean "tiny"/s],
    [
      'a note on no place',
      { notes: [{ at: 'compose.keptt', kind: 'ours', why: 'x' }] },
      /"compose\.keptt" is not a place/,
    ],
    [
      'a provider named student',
      { 'providers/student': { protocol: 'openai', endpoint: 'lab' } },
      /providers\.student/,
    ],
    ['a provider without a key', { 'providers/own': { protocol: 'openai' } }, /providers\.own: no `apiKey`/],
    [
      'a base that cannot be made',
      { 'students/0/base/architecture/heads': 5 },
      /students\.tiny\.base\.architecture: width \d+ is no multiple/,
    ],
    ['a slip of the pen in a count', { 'evaluation/combinations': 1e9 }, /8,000,002,100 combinations/],
  ])('%s', async (_, changes, message) => {
    expect(await refusal(changes)).toMatch(message);
  });

  it('graders that are one grader under two names', async () => {
    const study = changeStudy({});
    const [strict] = study['graders'] as object[];
    expect(await refusal({ 'graders/1': { ...strict, id: 'again' } })).toMatch(/graders \(by what they are asked\)/);
  });

  it('a limit of money that a model without a price would escape', async () => {
    const paid = { 'providers/lab-openai': { protocol: 'openai', apiKey: 'KEY' }, limits: { usd: 5 } };
    expect(await refusal(paid)).toMatch(/limits\.usd: 5 cannot be compared.*lab-openai\/lab-teacher/s);
  });
});

describe('a split file is refused', () => {
  const skills = ['simile', 'litotes', 'oath'];
  const topics = ['garden', 'harbour'];

  it('when it names a skill that the catalog does not have', async () => {
    split([...skills, 'similie'], topics);
    expect(await refusal(byFile)).toMatch(/train\.skills: "similie" is not in catalog "lab".*Did you mean "simile"/s);
  });

  it('when it names one twice', async () => {
    split([...skills, 'oath'], topics);
    expect(await refusal(byFile)).toMatch(/train\.skills: "oath" is listed twice/);
  });

  it('when its train side is smaller than k', async () => {
    split(['simile', 'litotes'], ['garden']);
    expect(await refusal(byFile)).toMatch(/compose\.kept\.3: k = 3 is larger than the train pool of 2 skills/);
  });

  it('when it is not there, or of another form', async () => {
    expect(await refusal({ split: { by: 'file', file: 'none.yaml' } })).toMatch(/none\.yaml cannot be read/);
    writeStudy(folder, 'trian: { skills: [], topics: [] }\n', 'split.yaml');
    expect(await refusal(byFile)).toMatch(/unknown key "trian"\. Did you mean "train"/);
  });
});

describe('a catalog beside the study file is refused', () => {
  const own = join(folder, 'own');
  const write = (name: string, change: (content: string) => string) =>
    writeFileSync(join(own, name), change(readFileSync(join(ROOT, 'catalogs/lab', name), 'utf8')));
  const refusalWith = (name: string, change: (content: string) => string): Promise<string> => {
    cpSync(join(ROOT, 'catalogs/lab'), own, { recursive: true });
    write(name, change);
    return refusal({ catalog: 'own' });
  };

  it('when two skills have one id or one name', async () => {
    const id = (content: string) => content.replace('- id: oath', '- id: simile');
    expect(await refusalWith('skills.yaml', id)).toMatch(/catalog lab: skills: "simile" is listed twice/);
    const name = (content: string) => content.replace(/name: oath/, 'name: Simile');
    expect(await refusalWith('skills.yaml', name)).toMatch(/catalog lab: skill names: "simile" is listed twice/);
  });

  it('when a topic is listed twice', async () => {
    const again = (content: string) => `${content}- { id: garden, name: second garden, side: held-out }\n`;
    expect(await refusalWith('topics.yaml', again)).toMatch(/catalog lab: topics: "garden" is listed twice/);
  });

  it('when a skill is of no category, or a file is empty', async () => {
    const category = (content: string) => content.replace(/category: .*/, 'category: nowhere');
    expect(await refusalWith('skills.yaml', category)).toMatch(/category: "nowhere" is not known/);
    expect(await refusalWith('topics.yaml', () => '')).toMatch(/topics: must be a list, not nothing/);
  });
});
