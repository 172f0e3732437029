/** The study file for chaos: the tests' smallest study with more texts, an arm that fails, and a lab outside of the home. */
import { readFileSync } from 'node:fs';
import { parse, stringify } from 'yaml';
import type { LabUrls } from '../client/home/worker-process.ts';
import type { Provider } from '../contracts/study.ts';

export const STUDY = 'chaos';
/** The variable with both providers' API key; the lab accepts any value. */
export const KEY_VARIABLE = 'ETUDE_CHAOS_KEY';
const MINI = new URL('../tests/study/mini.yaml', import.meta.url);

export interface StudyOptions {
  readonly kills: number;
  /** Whether teacher and graders are asked by batches. */
  readonly batch: boolean;
}

/** More kills make a longer study. The second student's training cannot work, so that an arm fails. */
export function writeStudy({ openaiUrl, anthropicUrl }: LabUrls, { kills, batch }: StudyOptions): string {
  const mini = parse(readFileSync(MINI, 'utf8')) as Record<string, unknown> & {
    students: Record<string, unknown>[];
    teacher: object;
    keepGrader: object;
    graders: object[];
    training: { hyperparameters: object };
    evaluation: object;
    compose: object;
  };
  const [tiny] = mini.students;
  const more = Math.ceil(kills / 2);
  const kept = 8 + more;
  const overlong = { ...mini.training.hyperparameters, maxLength: 24 };
  const mode = batch ? 'batch' : 'single';
  const concurrency = { concurrency: 8 };
  return stringify(
    {
      ...mini,
      name: STUDY,
      title: 'A study under faults',
      providers: {
        'lab-openai': { protocol: 'openai', endpoint: openaiUrl, apiKey: KEY_VARIABLE },
        'lab-anthropic': { protocol: 'anthropic', endpoint: anthropicUrl, apiKey: KEY_VARIABLE },
      },
      teacher: { ...mini.teacher, mode },
      keepGrader: { ...mini.keepGrader, mode },
      graders: mini.graders.map((grader) => ({ ...grader, mode })),
      students: [tiny, { ...tiny, id: 'narrow', hyperparameters: overlong }],
      compose: { ...mini.compose, kept: { 1: kept, 2: kept }, maxPlanned: { 1: 4 * kept, 2: 4 * kept } },
      evaluation: { ...mini.evaluation, combinations: 6 + more },
      rates: {
        'lab-openai/lab-teacher': concurrency,
        'lab-openai/lab-strict': concurrency,
        'lab-anthropic/lab-lenient': concurrency,
        tiny: concurrency,
        narrow: concurrency,
      },
    },
    { aliasDuplicateObjects: false },
  );
}

/** The providers of a study file, by name. */
export const readProviders = (study: string): Record<string, Provider> =>
  (parse(study) as { providers: Record<string, Provider> }).providers;

/** The URLs of a study file's providers. */
export function readUrls(study: string): LabUrls {
  const providers = readProviders(study);
  return {
    openaiUrl: providers['lab-openai']?.endpoint ?? '',
    anthropicUrl: providers['lab-anthropic']?.endpoint ?? '',
  };
}
