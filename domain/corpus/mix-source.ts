/** The source of data to mix in, as the study file writes it. */
import { UserError } from '../../contracts/failures.ts';
import type { Mix } from '../../contracts/fine-tuning.ts';
import type { TrainingMix } from '../../contracts/training.ts';

/** Name of a mixed-in file in the folder of the training job. */
export const MIX_FILE = 'mix.jsonl';

export type MixSource =
  | { readonly from: 'file'; readonly path: string }
  | { readonly from: 'hub'; readonly name: string; readonly config: string | null };

const HUB = 'hub:';
const DATASET = /^\w[\w.-]*\/\w[\w.-]*$/;
const CONFIG = /^\w[\w.+-]*$/;

/** Throws `UserError` for a source that is neither a file nor a dataset, or for a dataset without a commit. */
export function readMixSource({ source, revision }: Mix): MixSource {
  if (!source.startsWith(HUB)) return { from: 'file', path: source };
  const [organisation, dataset = '', config, ...more] = source.slice(HUB.length).split('/');
  const name = `${organisation}/${dataset}`;
  if (!DATASET.test(name) || (config !== undefined && !CONFIG.test(config)) || more.length > 0)
    throw new UserError(
      `training.mix.source: "${source}" names no dataset.`,
      'Write hub:ORG/NAME or hub:ORG/NAME/CONFIG.',
    );
  if (!/^[0-9a-f]{40}$/.test(revision))
    throw new UserError(
      `training.mix.revision: "${revision}" is not a commit, so the data could change under the same name.`,
      `Write the 40 digits of a commit of ${name}.`,
    );
  return { from: 'hub', name, config: config ?? null };
}

/** The mix as a training job names it. */
export function toTrainingMix(mix: Mix): TrainingMix {
  const { revision, ratio, unit, loss } = mix;
  const source = readMixSource(mix);
  if (source.from === 'hub') return { ...source, revision, ratio, unit, loss };
  return { from: 'file', path: MIX_FILE, sha256: revision, ratio, unit, loss };
}

/**
 * The SHA-256, and so the address in the store, of a mixed-in file; undefined if nothing, or a dataset, is mixed in.
 */
export const mixFileOf = (mix: Mix | undefined): string | undefined =>
  mix && readMixSource(mix).from === 'file' ? mix.revision : undefined;
