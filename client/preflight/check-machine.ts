import { constants } from 'node:fs';
import { access, statfs } from 'node:fs/promises';
import { freemem, totalmem } from 'node:os';
import { isTrained } from '../../contracts/study.ts';
import type { Check, Finding } from './check.ts';

const GB = 2 ** 30;
/** A study writes its ledger, histories and checkpoints; less is used up by the smallest one. */
const LEAST_DISK = 2 * GB;
const LITTLE_DISK = 20 * GB;
const LITTLE_MEMORY = 4 * GB;

const inGb = (bytes: number): string => `${(bytes / GB).toFixed(1)} GB`;

/** The home's disk, and this machine's memory. What checkpoints of large students take is in `plan`, where it is known. */
export const checkMachine: Check = async ({ planned, home }) => {
  const { bavail, bsize } = await statfs(home.directory);
  const free = bavail * bsize;
  const writes = await access(home.directory, constants.W_OK).then(
    () => true,
    () => false,
  );
  const trains = planned.plan.science.arms.some(isTrained);
  const disk: Finding = !writes
    ? {
        subject: 'home',
        state: 'failed',
        found: `${home.directory} cannot be written to`,
        remedy: 'Choose another with --home or ETUDE_HOME.',
      }
    : free < LEAST_DISK
      ? {
          subject: 'disk',
          state: 'failed',
          found: `${inGb(free)} are free`,
          remedy: `Free ${inGb(LEAST_DISK)}, or choose another disk with --home.`,
        }
      : trains && free < LITTLE_DISK
        ? {
            subject: 'disk',
            state: 'warning',
            found: `${inGb(free)} are free`,
            remedy: 'Checkpoints of students of billions of parameters need hundreds.',
          }
        : { subject: 'disk', state: 'ok', found: `${inGb(free)} are free` };
  const memory: Finding =
    trains && freemem() < LITTLE_MEMORY
      ? {
          subject: 'memory',
          state: 'warning',
          found: `${inGb(freemem())} of ${inGb(totalmem())} are free`,
          remedy: 'End what else runs here, or lower `cluster.trainings`.',
        }
      : { subject: 'memory', state: 'ok', found: `${inGb(freemem())} of ${inGb(totalmem())} are free` };
  return [disk, memory];
};
