/** Workflow ids and queue names, built in one place. Ids read like paths: `lab/evaluate/tiny/1,2,3/k3/held-out`. */
import type { TunedStudent } from './plan.ts';

const part = (letter: string, index: number): string => (index === 0 ? '' : `/${letter}${index}`);

export const composeId = (study: string, { partition, k }: { partition: number; k: number }): string =>
  `${study}/compose${part('p', partition)}/k${k}`;

/** A tuned student in ids, as `tiny/1,2,3`. Replicate and partition appear only where they are not 0. */
export const tunedPath = ({ student, arm, replicate, partition }: TunedStudent): string =>
  `${student}/${arm}${part('r', replicate)}${part('p', partition)}`;

export const tuneId = (study: string, tuned: TunedStudent): string => `${study}/tune/${tunedPath(tuned)}`;

export const evaluateId = (study: string, tuned: TunedStudent): string => `${study}/evaluate/${tunedPath(tuned)}`;

/** A cell (of all graders) as people name it: `tiny/1,2,3/k3/held-out`. */
export const cellPath = (tuned: TunedStudent, cell: { k: number; setting: string }): string =>
  `${tunedPath(tuned)}/k${cell.k}/${cell.setting}`;

export const cellId = (study: string, tuned: TunedStudent, cell: { k: number; setting: string }): string =>
  `${study}/evaluate/${cellPath(tuned, cell)}`;

export const shardId = (parent: string, from: number): string => `${parent}/from-${from}`;

/** Queue names: letters, digits, dots and hyphens; `home` is the home's id. Any other character becomes `_hex_`. */
export const queueName = (home: string, ...parts: readonly string[]): string =>
  ['etude', home, ...parts]
    .join('-')
    .replace(/[^A-Za-z0-9.-]/gu, (odd) => `_${(odd.codePointAt(0) ?? 0).toString(16)}_`);
