import { readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { parse, stringify } from 'yaml';
import { toId } from '../../../client/study-file/read-skill-lists.ts';
import { planStudy } from '../../../client/study-file/read-study.ts';

const LAB = readFileSync(fileURLToPath(new URL('../../../studies/lab.yaml', import.meta.url)), 'utf8');
const SKILLS = `\uFEFFSkill,Definition,Example,Type,notes
"Ad hominem (fallacy)","Attacks the person, not the claim.","You are no cook, so the soup is ""fine"".",Rhetorical,x
Irony,Says the opposite.,Lovely weather.,Literary
Métaphore,Speaks of one thing as another.,Time is a thief.,Literary
modus ponens,"If p then q; p; so q.","It rains, so it is wet.",Logic
`;
const TOPICS = 'Sewing\r\nThe Ottoman Empire\r\n\r\nKnots\r\nGuerilla warfare';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'etude-catalog-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const write = (name: string, text: string): Promise<void> => writeFile(join(folder, name), text);

/** The lab study on the lists of the folder, as a file in it. */
async function writeStudy(changes: object = {}): Promise<string> {
  const study = parse(LAB) as { evaluation: object; compose: object };
  const split = { by: 'random', seed: 1, trainSkills: 2, trainTopics: 2 };
  const [compose, evaluation] = [
    { kept: { 1: 2, 2: 2 }, maxPlanned: { 1: 4, 2: 4 } },
    { ...study.evaluation, k: [2], combinations: 3 },
  ];
  const arms = [
    { id: 'base', untrained: true },
    { id: '1', take: { 1: 'all' } },
  ];
  const own = { catalog: '.', split, compose, evaluation, arms, hypotheses: [], training: { ...parse(LAB).training } };
  await write('study.yaml', stringify({ ...study, ...own, ...changes }));
  return join(folder, 'study.yaml');
}

describe('a catalog of lists', () => {
  beforeEach(async () => {
    await write('skills.csv', SKILLS);
    await write('topics.txt', TOPICS);
  });

  it('is read with ids from names, whatever its columns are called', async () => {
    const { catalog } = (await planStudy(await writeStudy())).plan;
    expect(catalog.skills.map(({ id, category }) => [id, category])).toEqual([
      ['ad-hominem-fallacy', 'rhetorical'],
      ['irony', 'literary'],
      ['metaphore', 'literary'],
      ['modus-ponens', 'logic'],
    ]);
    expect(catalog.skills[0]).toMatchObject({
      name: 'Ad hominem (fallacy)',
      definition: 'Attacks the person, not the claim.',
      example: 'You are no cook, so the soup is "fine".',
    });
    expect(catalog.topics.map(({ id }) => id)).toEqual(['sewing', 'the-ottoman-empire', 'knots', 'guerilla-warfare']);
    expect(catalog.categories['literary']).toEqual({ name: 'Literary', side: 'train' });
    expect(catalog.rubric.points.map(({ id }) => id)).toEqual(['topic', 'sense', 'length']);
    expect(catalog.prompts.id).toBe('skillmix');
  });

  it('makes ids of names in any script', () => {
    expect(['隐喻', 'Метафора', 'AI写作', 'Café au lait'].map(toId)).toEqual([
      'u9690-u55bb',
      'u43c-u435-u442-u430-u444-u43e-u440-u430',
      'ai',
      'cafe-au-lait',
    ]);
  });

  it('works with a split from a file', async () => {
    await write('split.yaml', 'train: {skills: [irony, metaphore], topics: [sewing, knots]}');
    const { partitions } = (await planStudy(await writeStudy({ split: { by: 'file', file: 'split.yaml' } }))).plan;
    expect(partitions[0]?.sides['held-out'].skills).toEqual(['ad-hominem-fallacy', 'modus-ponens']);
  });

  it('says that a split by category needs sides', async () => {
    await expect(planStudy(await writeStudy({ split: { by: 'category' } }))).rejects.toThrow(
      'the held-out side has 0 skills and 0 topics',
    );
  });

  it.each([
    ['skill,example\nIrony,x\n', 'no column for definition; the first line names skill, example'],
    ['skill,definition,example\nIrony,,x\n', 'row 2: "definition" is empty'],
    ['skill,definition,example\n"Irony,y,x\n', 'Quote Not Closed'],
    ['skill,definition,example\n!!,y,x\nb,y,x\n', 'row 2: "!!" has no letter or digit'],
    ['skill,definition,example\nIrony,y,x\nirony,y,x\n', '"irony" is listed twice'],
    ['', 'no column for name, definition, example'],
  ])('names what is wrong with %j', async (csv, message) => {
    await write('skills.csv', csv);
    await expect(planStudy(await writeStudy())).rejects.toThrow(message);
  });
});

describe('`prompts:` of a study file', () => {
  it('takes the place of the catalog’s, and is in the plan with all its words', async () => {
    const lab = readFileSync(fileURLToPath(new URL('../../../catalogs/lab/prompts.yaml', import.meta.url)), 'utf8');
    await write('own.yaml', lab.replace('id: lab', 'id: own').replace('Grade a text.', 'Judge a text.'));
    await write('study.yaml', `${LAB}\nprompts: own.yaml\n`);
    await write('other.yaml', LAB);
    const [own, other] = [await planStudy(join(folder, 'study.yaml')), await planStudy(join(folder, 'other.yaml'))];
    expect(own.plan.catalog.prompts.id).toBe('own');
    expect(own.plan.catalog.prompts.grader['default']?.turn).toMatch(/^Judge a text/);
    expect(own.plan.catalog.skills).toEqual(other.plan.catalog.skills);
    expect(own.hash).not.toBe(other.hash);
  });
});
