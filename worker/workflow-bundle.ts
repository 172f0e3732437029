/** The bundle of workflow code that workers load. Bundling takes seconds, so it is cached until a source file changes. */
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import writeFileAtomic from 'write-file-atomic';
import { sha256 } from '../domain/basics/hash.ts';

const ROOT = fileURLToPath(new URL('../', import.meta.url));
/** The folders that workflows may import (lint checks that), whose contents therefore decide the cache key. */
const SOURCES = ['workflows', 'contracts'];

/** `cache`: the folder of bundles. `failureConverterPath`: a module to bundle with the workflows (infra/codec). */
export async function loadWorkflowBundle(
  cache: string,
  failureConverterPath?: string,
): Promise<WorkflowBundleWithSourceMap> {
  const sealed = failureConverterPath === undefined ? '' : 'sealed-';
  const file = join(cache, `workflows-${sealed}${await hashSources()}.js`);
  const known = await readFile(file, 'utf8').catch(() => undefined);
  if (known !== undefined) return { code: known, sourceMap: '' };
  const bundle = await bundleWorkflowCode({
    workflowsPath: join(ROOT, 'workflows', 'index.ts'),
    ...(failureConverterPath !== undefined && { failureConverterPath }),
    logger: silentLogger,
  });
  await mkdir(cache, { recursive: true });
  await writeFileAtomic(file, bundle.code);
  return bundle;
}

async function hashSources(): Promise<string> {
  const { version } = createRequire(import.meta.url)('@temporalio/worker/package.json') as { version: string };
  const parts = [version];
  for (const folder of SOURCES) {
    const names = (await readdir(join(ROOT, folder), { recursive: true }))
      .filter((name) => name.endsWith('.ts'))
      .sort();
    for (const name of names) parts.push(name, await readFile(join(ROOT, folder, name), 'utf8'));
  }
  return sha256(parts.join('\n')).slice(0, 20);
}

/** Bundling logs every module; errors are thrown, so nothing in that log is needed. */
const ignore = (): void => undefined;
const silentLogger = { log: ignore, trace: ignore, debug: ignore, info: ignore, warn: ignore, error: ignore };
