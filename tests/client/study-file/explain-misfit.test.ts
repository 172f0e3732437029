import { describe, expect, it } from '@jest/globals';
import { explainMisfit } from '../../../client/study-file/explain-misfit.ts';
import { studySchema } from '../../../contracts/study.ts';
import { changeStudy } from '../../support/write-study.ts';

/** What is said of the lab study when some places are changed. */
const explain = (changes: Readonly<Record<string, unknown>>) => explainMisfit(studySchema, changeStudy(changes));

describe('a study file that does not fit', () => {
  it.each([
    [{ sede: 3 }, 'the file: unknown key "sede". Did you mean "seed"? Known here: name, title, seed'],
    [{ 'compose/dedup': {} }, 'compose: unknown key "dedup". Did you mean "dedupe"?'],
    [
      { 'compose/keep/rules': 'x' },
      'compose.keep: unknown key "rules". Did you mean "rule"? Known here: rule, gradings.',
    ],
    [{ 'teacher/parameters/maxtokens': 3 }, 'teacher.parameters: unknown key "maxtokens". Did you mean "maxTokens"?'],
    [{ 'graders/1/modell': 3 }, 'graders.1: unknown key "modell". Did you mean "model"?'],
    [
      { 'students/0/base/architecture/layer': 3 },
      'students.0.base.architecture: unknown key "layer". Did you mean "layers"?',
    ],
    [
      { 'training/hyperparameters/learningrate': 3 },
      'training.hyperparameters: unknown key "learningrate". Did you mean',
    ],
    [{ 'cluster/backends': 'x' }, 'cluster: unknown key "backends". Did you mean "backend"?'],
    [{ 'providers/lab-openai/apikey': 'X' }, 'providers.lab-openai: unknown key "apikey". Did you mean "apiKey"?'],
    [{ 'rates/tiny/concurency': 3 }, 'rates.tiny: unknown key "concurency". Did you mean "concurrency"?'],
  ])('names the nearest known key of its level: %j', (changes, start) => {
    const lines = explain(changes);
    expect(lines).toHaveLength(1);
    expect(lines[0]?.startsWith(start)).toBe(true);
  });

  it('suggests only keys of the form that was meant', () => {
    expect(explain({ 'arms/1': { id: 'b', untrained: true, promt: 'careful' } })).toEqual([
      'arms.1: unknown key "promt". Did you mean "prompt"? Known here: id, untrained, prompt.',
    ]);
    expect(explain({ 'arms/2': { id: '1', take: { 1: 'all' }, prompt: 'careful' } })).toEqual([
      'arms.2: unknown key "prompt". Known here: id, take, match, budget.',
    ]);
    expect(explain({ 'students/0/base': { from: 'hub', name: 'x', revison: 'y' } })).toEqual([
      'students.0.base: unknown key "revison". Did you mean "revision"? Known here: from, name, revision.',
    ]);
  });

  it('says nothing of a key that is missing because it is misspelt', () => {
    expect(explain({ 'arms/0': { id: 'base', untraned: true } })).toEqual([
      'arms.0: unknown key "untraned". Did you mean "untrained"? Known here: id, untrained, prompt.',
    ]);
    expect(explain({ 'training/budget': { setps: 3 } })).toEqual([
      'training.budget: unknown key "setps". Did you mean "steps"? Known here: steps.',
    ]);
  });

  it.each([
    [{ seed: 'one' }, 'seed: must be a number, not "one".'],
    [{ teacher: undefined }, 'teacher: is missing; it takes a mapping.'],
    [{ compose: null }, 'compose: must be a mapping, not nothing.'],
    [{ students: { id: 'tiny' } }, 'students: must be a list, not a mapping.'],
    [{ 'evaluation/k': [2.5] }, 'evaluation.k.0: must be a whole number, not 2.5.'],
    [{ 'evaluation/k': [] }, 'evaluation.k: must have at least 1 element.'],
    [{ 'teacher/parameters/temperature': 3 }, 'teacher.parameters.temperature: must be at most 2, not 3.'],
    [{ 'teacher/model': '' }, 'teacher.model: must have at least 1 character.'],
    [
      { 'training/budget': 150 },
      'training.budget: must be a mapping (steps), a mapping (epochs) or a mapping (tokens), not 150.',
    ],
    [{ 'arms/2/take': { 0: 'all' } }, 'arms.2.take.0: k is a positive integer.'],
    [{ 'arms/2/take': { 1: 'al' } }, 'arms.2.take.1: must be a number or "all", not "al". Did you mean "all"?'],
    [
      { 'split/by': 'categry' },
      'split.by: must be "category", "random" or "file", not "categry". Did you mean "category"?',
    ],
    [{ name: 'Lab 1' }, 'name: an id is lower-case letters, digits, dots and hyphens, not "Lab 1".'],
    [
      { 'teacher/parameters/temperature': 'not send' },
      'teacher.parameters.temperature: must be a number or "not sent", not "not send". Did you mean "not sent"?',
    ],
    [
      { 'evaluation/settings': ['trian'] },
      'evaluation.settings.0: must be "train", "held-out", "all" or a mapping (id, skills, topics), not "trian". Did you mean "train"?',
    ],
    [
      { 'providers/lab-openai/endpoint': 'labb' },
      'providers.lab-openai.endpoint: must be "default", "lab" or a URL, not "labb". Did you mean "lab"?',
    ],
    [
      { 'providers/lab-openai/endpoint': 'ftp://lab.example' },
      'providers.lab-openai.endpoint: an address is http:// or https://, not "ftp://lab.example".',
    ],
    [{ 'evaluation/combinations': Number.NaN }, 'evaluation.combinations: must be a number, not NaN.'],
  ])('says what would fit: %j', (changes, line) => {
    expect(explain(changes)).toEqual([line]);
  });

  it('refuses seeds out of range, each at its place', () => {
    expect(explain({ 'training/replicates': [{ dataSeed: -1, trainSeed: 2 ** 31 }] })).toEqual([
      'training.replicates.0.dataSeed: must be at least 0, not -1.',
      'training.replicates.0.trainSeed: must be at most 2147483647, not 2147483648.',
    ]);
    expect(explain({ seed: 2 ** 31 - 1 })).toEqual([]);
  });

  it('has words for every value that the schema refuses at any place', () => {
    for (const place of [
      'name',
      'seed',
      'split',
      'providers',
      'teacher',
      'graders',
      'students',
      'compose',
      'arms',
      'training',
      'evaluation',
      'prices',
      'notes',
      'limits',
      'rates',
      'cluster',
    ])
      for (const value of [-1, 'x', [1], { x: 1 }, [{ x: 1 }], null])
        if (!studySchema.safeParse(changeStudy({ [place]: value })).success)
          expect({ place, value, lines: explain({ [place]: value }).length > 0 }).toEqual({
            place,
            value,
            lines: true,
          });
  });
});
