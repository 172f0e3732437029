/** Finds the checkpoint of a tuned student from plan and ledger alone, without a workflow's history (invariant 6). */
import type { Message } from '../../contracts/calls.ts';
import type { Plan, TunedStudent } from '../../contracts/plan.ts';
import { armOf } from '../../contracts/plan.ts';
import { isTrained } from '../../contracts/study.ts';
import type { TrainingJob } from '../../contracts/training.ts';
import { sha256 } from '../../domain/basics/hash.ts';
import { toJsonLines } from '../../domain/corpus/build-dataset.ts';
import { mixFileOf } from '../../domain/corpus/mix-source.ts';
import { baseJob, hubDigest, tuneJob } from '../../domain/corpus/training-jobs.ts';
import { studentOf } from '../../domain/requests/requests.ts';
import { makeBaseCorpus, labVocabulary } from '../../lab/world/base-corpus.ts';
import { makeDerivationCorpus, vocabularyOf } from '../../lab/world/derivation-corpus.ts';
import { makeDataset, NotComposedYet, readKept } from '../corpus/datasets.ts';
import { countAllSetAside } from '../ledger/arms/amendments.ts';
import { findCheckpoint, findTrainingKey, recordTrainingKey, type Checkpoint } from '../ledger/arms/checkpoints.ts';
import { hashOfPlan, type ActivityContext } from '../shared/activity-context.ts';

export interface PreparedJob {
  readonly job: TrainingJob;
  /** The text of its training file. */
  readonly content: string;
  /** The hash in the store of the file whose data are mixed in, if there is one. */
  readonly mix?: string | undefined;
}

/** The job that trains a student's base; undefined for a base that is downloaded. */
export function prepareBase(plan: Plan, student: string): PreparedJob | undefined {
  const { base } = studentOf(plan, student);
  if (base.from !== 'pretrain') return undefined;
  const wanted = { seed: base.seeds.data, variant: base.variant, texts: base.texts };
  const corpus = base.recipe === 'lab' ? makeBaseCorpus(wanted) : makeDerivationCorpus(wanted, plan.catalog);
  const vocabulary = base.recipe === 'lab' ? labVocabulary() : vocabularyOf(corpus);
  const toMessages = ({ prompt, text }: { prompt: string; text: string }): { messages: Message[] } => ({
    messages: [
      { role: 'user', content: prompt },
      { role: 'assistant', content: text },
    ],
  });
  const content = toJsonLines(corpus.map(toMessages));
  return { job: baseJob(base, sha256(content), vocabulary), content };
}

/** The job that fine-tunes a student. Throws `NotComposedYet` or `NotTrainedYet` while its texts or base are missing. */
export async function prepareTuning(context: ActivityContext, plan: Plan, tuned: TunedStudent): Promise<PreparedJob> {
  const kept = await readKept(context, plan, tuned.partition);
  const { content } = makeDataset(plan, tuned, kept);
  const base = await baseCheckpoint(context, plan, tuned.student);
  const model =
    'name' in base
      ? { from: 'hub' as const, ...base }
      : { from: 'path' as const, path: `../${base.key}/model`, digest: base.digest };
  const mix = mixFileOf(plan.science.training.mix);
  return { job: tuneJob(plan, tuned, model, sha256(content)), content, mix };
}

type BaseCheckpoint =
  { readonly name: string; readonly revision: string } | { readonly key: string; readonly digest: string };

async function baseCheckpoint(context: ActivityContext, plan: Plan, student: string): Promise<BaseCheckpoint> {
  const { base } = studentOf(plan, student);
  if (base.from === 'hub') return { name: base.name, revision: base.revision };
  const key = baseKey(plan, student) ?? '';
  return {
    key,
    digest: requireMade(await findCheckpoint(context.ledger.tables, key), `base of student ${student}`).digest,
  };
}

const baseKeys = new Map<Plan, Map<string, string>>();

/** The training key of a student's base. Its corpus takes a second to make, so the key is cached for each plan. */
function baseKey(plan: Plan, student: string): string | undefined {
  const known = baseKeys.get(plan)?.get(student);
  if (known) return known;
  const prepared = prepareBase(plan, student);
  if (!prepared) return undefined;
  baseKeys.set(plan, new Map(baseKeys.get(plan)).set(student, prepared.job.key));
  return prepared.job.key;
}

/** A checkpoint is asked for before its training is done. Callers treat that as "not yet", not as a failure. */
export class NotTrainedYet extends Error {
  override readonly name = 'NotTrainedYet';
}

function requireMade(checkpoint: Checkpoint | undefined, what: string) {
  if (!checkpoint) throw new NotTrainedYet(`the ${what} is not trained yet`);
  return checkpoint;
}

interface KnownKeys {
  /** How many calls and arms of the home had been set aside when these keys were derived. */
  readonly setAside: number;
  readonly keys: ReadonlyMap<string, string | undefined>;
}
const trainingKeys = new Map<Plan, KnownKeys>();

const nameOf = ({ student, arm, replicate, partition }: TunedStudent): string =>
  [student, arm, replicate, partition].join('|');

/** The training key of a tuned student; for an untrained arm that of its base, or undefined if that is downloaded. */
export const trainingKeyOf = async (
  context: ActivityContext,
  plan: Plan,
  tuned: TunedStudent,
): Promise<string | undefined> => (await stampedKey(context, plan, tuned)).key;

/** The key, and how much had been set aside before it was derived. */
async function stampedKey(context: ActivityContext, plan: Plan, tuned: TunedStudent) {
  // Training texts that are tried again make another corpus, and so another key.
  const setAside = await countAllSetAside(context.ledger.tables);
  const known = trainingKeys.get(plan);
  const keys = known?.setAside === setAside ? known.keys : new Map<string, string | undefined>();
  if (keys.has(nameOf(tuned))) return { key: keys.get(nameOf(tuned)), setAside };
  const key =
    (await findTrainingKey(context.ledger.tables, { plan: hashOfPlan(plan), tuned, setAside })) ??
    (await deriveTrainingKey(context, plan, tuned));
  // Others may have derived theirs meanwhile.
  const now = trainingKeys.get(plan);
  trainingKeys.set(plan, {
    setAside,
    keys: new Map(now?.setAside === setAside ? now.keys : []).set(nameOf(tuned), key),
  });
  return { key, setAside };
}

async function deriveTrainingKey(
  context: ActivityContext,
  plan: Plan,
  tuned: TunedStudent,
): Promise<string | undefined> {
  if (!isTrained(armOf(plan, tuned.arm))) return baseKey(plan, tuned.student);
  return (await prepareTuning(context, plan, tuned)).job.key;
}

const digests = new Map<string, string>();

/** The digest of a tuned student's checkpoint, which is the model name in its request keys. Throws until it is trained. */
export async function digestOf(
  context: ActivityContext,
  plan: Plan,
  hash: string,
  tuned: TunedStudent,
): Promise<string> {
  const name = `${hash}|${nameOf(tuned)}`;
  const known = digests.get(name);
  if (known) return known;
  const { base } = studentOf(plan, tuned.student);
  const { tables } = context.ledger;
  const { key, setAside } = await stampedKey(context, plan, tuned);
  const digest =
    key === undefined && base.from === 'hub'
      ? hubDigest(base)
      : requireMade(await findCheckpoint(tables, key ?? ''), `arm ${tuned.arm} of student ${tuned.student}`).digest;
  // Written down with its checkpoint only: until then, another version of the code may derive another key.
  if (key !== undefined && isTrained(armOf(plan, tuned.arm)))
    await recordTrainingKey(tables, { plan: hash, tuned, setAside }, key);
  digests.set(name, digest);
  return digest;
}

/** As `digestOf`; undefined while there is no checkpoint. */
export async function findDigest(...of: Parameters<typeof digestOf>): Promise<string | undefined> {
  try {
    return await digestOf(...of);
  } catch (error) {
    if (error instanceof NotTrainedYet || error instanceof NotComposedYet) return undefined;
    throw error;
  }
}
