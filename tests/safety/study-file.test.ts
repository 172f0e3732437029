/** What a study file may not hold: keys, and names that lead out of the home. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parse, stringify } from 'yaml';
import { planStudy } from '../../client/study-file/read-study.ts';
import { composeId, cellId, queueName, tuneId } from '../../contracts/ids.ts';
import { studySchema } from '../../contracts/study.ts';
import { makeScratch, PROJECT, writeFileIn } from '../support/scratch.ts';

const scratch = makeScratch();
const mini = readFileSync(join(PROJECT, 'tests/study/mini.yaml'), 'utf8');

interface Written {
  [key: string]: unknown;
  providers: Record<string, Record<string, unknown>>;
  students: Record<string, unknown>[];
  arms: Record<string, unknown>[];
  training: Record<string, unknown>;
  evaluation: Record<string, unknown>;
}

/** Plans the least study after a change; returns what the user is told. */
async function complaintOf(change: (study: Written) => void): Promise<string> {
  const study = parse(mini) as Written;
  change(study);
  const file = writeFileIn(scratch, 'study.yaml', stringify(study));
  return planStudy(file).then(
    () => 'planned',
    (error: Error & { remedy?: string }) => `${error.name}: ${error.message} ${error.remedy ?? ''}`,
  );
}

const KEY = 'sk-proj-abcDEF0123456789abcDEF0123456789';
const SECRETS: [string, string, (study: Written) => void][] = [
  ['providers.a.apiKey', KEY, (s) => (s.providers['a'] = { protocol: 'openai', apiKey: KEY })],
  ['providers.a.apiKey', 'my own secret', (s) => (s.providers['a'] = { protocol: 'openai', apiKey: 'my own secret' })],
  ['providers.a.endpoint', 'hunter2', (s) => (s.providers['a'] = address('https://me:hunter2@models.example/v1'))],
  ['providers.a.endpoint', 'hunter2', (s) => (s.providers['a'] = address('https://hunter2@models.example/v1'))],
  ['providers.a.endpoint', 'hunter2', (s) => (s.providers['a'] = address('https://models.example/v1?key=hunter2'))],
  ['providers.a.key', KEY, (s) => (s.providers['a'] = { protocol: 'openai', key: KEY })],
  ['title', KEY, (s) => (s['title'] = `as ${KEY} sees it`)],
  ['providers', KEY, (s) => (s.providers[KEY] = { protocol: 'openai' })],
  ['notes.0.why', 'hunter2', (s) => (s['notes'] = [{ at: 'seed', kind: 'ours', why: 'ftp://me:hunter2@example' }])],
];
const address = (endpoint: string) => ({ protocol: 'openai', endpoint, apiKey: 'SOME_KEY' });

describe('a secret in a study file', () => {
  it.each(SECRETS)('at %s is refused, and not shown', async (place, secret, change) => {
    const complaint = await complaintOf(change);
    expect(complaint).toMatch(/^UserError: .*study\.yaml: /);
    expect(complaint).toContain(`${place}`);
    expect(complaint).toContain('environment variable');
    expect(complaint).not.toContain(secret);
  });

  it('is no part of what reads like one', async () => {
    expect(await complaintOf((s) => (s['title'] = 'sk-learn-based-baselines, and risk-adjusted means'))).toBe(
      'planned',
    );
  });
});

const OUT = ['..', '../../x', '/etc/passwd', 'a/../../b', '.hidden', 'a\\b', 'a\0b', 'x'.repeat(65), 'Ä', ''];
const IDS: [string, (study: Written, name: string) => unknown][] = [
  ['name', (s, name) => (s['name'] = name)],
  ['students.0.id', (s, name) => (s.students[0] = { ...s.students[0], id: name })],
  ['arms.1.id', (s, name) => (s.arms[1] = { ...s.arms[1], id: name })],
  ['evaluation.settings', (s, name) => (s.evaluation['settings'] = [{ id: name, skills: 'train', topics: 'train' }])],
];

describe.each(IDS)('%s', (place, change) => {
  it.each(OUT)('is refused as %j', async (name) => {
    const complaint = await complaintOf((study) => void change(study, name));
    expect(complaint).toMatch(/^UserError: /);
    expect(complaint).toContain(place);
  });
});

/** Libraries of the hub take a folder for a name, and keep files under it. */
const FOLDERS = ['..', '../..', '/etc', './model', 'a/..', 'a/b/../..', '--trust-remote-code', 'a b/c', 'a/.b', ''];
const base = (study: Written, name: string, revision: string) =>
  (study.students[0] = { ...study.students[0], base: { from: 'hub', name, revision } });
const mix = (source: string) => ({
  ...{ source, revision: 'a'.repeat(40), ratio: 0.1 },
  ...{ unit: 'tokens', loss: 'all-tokens' },
});
const HUB: [string, (study: Written, name: string) => unknown][] = [
  ['students.0.base.name', (s, name) => base(s, name, 'main')],
  ['students.0.base.revision', (s, name) => base(s, 'org/model', name)],
  ['training.mix.source', (s, name) => (s.training['mix'] = mix(`hub:${name}`))],
  ['training.mix.source', (s, name) => (s.training['mix'] = mix(`hub:org/data/${name}`))],
];

describe.each(HUB)('a name of the hub at %s', (place, change) => {
  it.each(FOLDERS)('is refused as %j', async (name) => {
    const complaint = await complaintOf((study) => void change(study, name));
    expect(complaint).toMatch(/^UserError: /);
    expect(complaint).toContain(place);
  });
});

describe.each([
  ['catalog', (s: Written, path: string) => (s['catalog'] = path)],
  ['prompts', (s: Written, path: string) => (s['prompts'] = path)],
  ['split', (s: Written, path: string) => (s['split'] = { by: 'file', file: path })],
] as const)('%s', (_, change) => {
  it.each(['../nowhere', '/dev/zero', '..'])('as %s is a path that is looked at before it is read', async (path) => {
    expect(await complaintOf((study) => void change(study, path))).toMatch(/^UserError: .*\//);
  });
});

/** Characters of which ids are made, and those that mean something to a file system, a shell or a URL. */
const nasty = fc.string({ unit: fc.constantFrom(...'a0.,+-/\\ ~:*?"<>|\0\n%é', '..', '../'), maxLength: 12 });

it('whatever an id is made of, one that is accepted stays one part of a path', () => {
  const { name, students, arms } = studySchema.shape;
  const accepted = (id: string) =>
    name.safeParse(id).success ||
    students.element.shape.id.safeParse(id).success ||
    arms.safeParse([{ id, untrained: true }]).success;
  fc.assert(
    fc.property(nasty, (id) => {
      if (!accepted(id)) return;
      expect(join('/home/runs', id).startsWith('/home/runs/')).toBe(true);
      expect(join('/home/runs', id)).toBe(`/home/runs/${id}`);
      expect(id).toMatch(/^[a-z0-9][a-z0-9.,+-]*$/);
    }),
    { numRuns: 2_000 },
  );
});

it('ids of workflows and queues of different things differ', () => {
  const id = fc.stringMatching(/^[a-z0-9][a-z0-9,.+-]{0,4}$/);
  const tuned = fc.record({ student: id, arm: id, replicate: fc.nat(3), partition: fc.nat(3) });
  const cell = fc.record({ study: id, tuned, k: fc.nat(5), setting: id });
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  fc.assert(
    fc.property(cell, cell, (a, b) => {
      expect(cellId(a.study, a.tuned, a) === cellId(b.study, b.tuned, b)).toBe(same(a, b));
      expect(tuneId(a.study, a.tuned)).not.toBe(composeId(b.study, { partition: 0, k: 1 }));
    }),
  );
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.string({ unit: fc.constantFrom(...'a-_/.2f') }), (a, b) => {
      expect(queueName('home', 'call', a)).toMatch(/^[A-Za-z0-9._-]+$/);
      expect(queueName('home', 'call', a) === queueName('home', 'call', b)).toBe(a === b);
    }),
  );
});
