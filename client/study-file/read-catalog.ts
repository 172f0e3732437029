/**
 * Reads catalogs from their folders: catalog.yaml with files of skills, topics and prompts. A folder with just `skills.csv`
 * and `topics.txt` is a catalog too; it uses rubric and prompts of the skillmix catalog.
 */
import { access } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, resolve } from 'node:path';
import { catalogSchema, type Catalog } from '../../contracts/catalog.ts';
import { UserError } from '../../contracts/failures.ts';
import { ROOT } from '../../infra/setup/settings.mjs';
import { readSkillList, readTopicList, toId, type SkillList } from './read-skill-lists.ts';
import { parseWith, readYaml } from './read-yaml.ts';

const CATALOGS = join(ROOT, 'catalogs');
/** Lends rubric and prompts to catalogs that are lists. */
const LENDER = join(CATALOGS, 'skillmix');

export interface CatalogPlaces {
  /** A folder beside the study file, or the name of a catalog that comes with Etude. */
  readonly catalog: string;
  /** A prompts.yaml beside the study file, instead of the catalog's. */
  readonly prompts?: string | undefined;
}

/** The catalog that a study file names. */
export async function readCatalogOf({ catalog, prompts }: CatalogPlaces, studyPath: string): Promise<Catalog> {
  const own = prompts === undefined ? undefined : resolve(dirname(studyPath), prompts);
  return readCatalog(await findCatalog(catalog, studyPath), own);
}

async function findCatalog(name: string, studyPath: string): Promise<string> {
  const own = isAbsolute(name) ? name : resolve(dirname(studyPath), name);
  for (const folder of [own, join(CATALOGS, name)])
    if ((await exists(join(folder, 'catalog.yaml'))) || (await exists(join(folder, 'skills.csv')))) return folder;
  throw new UserError(
    `${studyPath}: catalog: "${name}" is neither a folder with catalog.yaml or skills.csv beside the study file nor a catalog of Etude.`,
    'Name `lab`, `skillmix-2`, or a folder.',
  );
}

const exists = async (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false,
  );

/** `prompts` is the path of a file that takes the place of the catalog's own. */
export async function readCatalog(folder: string, prompts?: string): Promise<Catalog> {
  const place = (name: string): string => join(folder, name);
  const whole = await exists(place('catalog.yaml'));
  const list = whole && (await exists(place('skills.yaml'))) ? undefined : await readSkillList(place('skills.csv'));
  const head = whole ? await readHead(place('catalog.yaml')) : await headOf(folder, list as SkillList);
  const skills = list ? list.skills : await readYaml(place('skills.yaml'));
  const topics = (await exists(place('topics.txt')))
    ? await readTopicList(place('topics.txt'))
    : await readYaml(place('topics.yaml'));
  const lent = (await exists(place('prompts.yaml'))) ? place('prompts.yaml') : join(LENDER, 'prompts.yaml');
  const read = await readYaml(prompts ?? (whole ? place('prompts.yaml') : lent));
  return parseWith(catalogSchema, { ...head, skills, topics, prompts: read }, folder);
}

async function readHead(path: string): Promise<object> {
  const head = await readYaml(path);
  if (typeof head === 'object' && head !== null) return head;
  throw new UserError(`${path} is not a mapping.`, 'Write name, title, categories and rubric there.');
}

/** What catalog.yaml would say of lists. Their sides are nominal: such a catalog is split at random or by a file. */
async function headOf(folder: string, { categories }: SkillList): Promise<object> {
  const { rubric } = (await readHead(join(LENDER, 'catalog.yaml'))) as { rubric?: unknown };
  const name = toId(basename(folder)) || 'own';
  return {
    name,
    title: `Skills and topics of ${basename(folder)}`,
    note: 'Skills and topics were read from lists; rubric and, unless named, prompts are those of the skillmix catalog.',
    categories: Object.fromEntries([...categories].map(([id, written]) => [id, { name: written, side: 'train' }])),
    rubric,
  };
}
