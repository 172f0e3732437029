/** What the live tests of a run share: one Temporal server and one bundle of the workflows, made when the first asks. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { WorkflowBundle } from '@temporalio/worker';

export interface Served {
  /** Of the Temporal server. */
  readonly address: string;
  /** A file. */
  readonly bundle: string;
}

export const servicesFile = (folder: string): string => join(folder, 'services.json');

/** The folder of this run of tests, for what is made once: live-setup.mjs makes it, and removes it with all that is there. */
export function sharedFolder(): string {
  const folder = process.env['ETUDE_TEST_RUN'];
  if (folder === undefined) throw new Error('no live test runs: their set-up names the folder that they share');
  return folder;
}

/** Workflow ids and queues of a test are its own: others run on the same server. */
export async function findServices(): Promise<{ address: string; workflowBundle: WorkflowBundle }> {
  const folder = sharedFolder();
  writeFileSync(join(folder, 'services-wanted'), '');
  while (!existsSync(servicesFile(folder))) await sleep(50);
  const served = JSON.parse(readFileSync(servicesFile(folder), 'utf8')) as Served | { error: string };
  if ('error' in served) throw new Error(`the services of the live tests did not start: ${served.error}`);
  return { address: served.address, workflowBundle: { code: readFileSync(served.bundle, 'utf8') } };
}
