/** Reads `catalogs/lab/`, so that the lab's programs use the same skills and topics as its catalog. */
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { catalogSchema, type Catalog } from '../../contracts/catalog.ts';

const FOLDER = new URL('../../catalogs/lab/', import.meta.url);

const readYaml = (file: string): unknown => parse(readFileSync(new URL(file, FOLDER), 'utf8'));

let cached: Catalog | undefined;

export function readLabCatalog(): Catalog {
  cached ??= catalogSchema.parse({
    ...(readYaml('catalog.yaml') as object),
    skills: readYaml('skills.yaml'),
    topics: readYaml('topics.yaml'),
    prompts: readYaml('prompts.yaml'),
  });
  return cached;
}
