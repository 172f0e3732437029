/** Reads what is known of makers' models: one dated file a maker in `catalogs/models/`. */
import { join } from 'node:path';
import { PROTOCOL_NAMES } from '../../contracts/protocols.ts';
import { makerDataSchema, type ModelData } from '../../contracts/reference/model-data.ts';
import { ROOT } from '../../infra/setup/settings.mjs';
import { parseWith, readYaml } from './read-yaml.ts';

const FOLDER = join(ROOT, 'catalogs/models');

/** Throws `UserError` naming the file and the place where it does not fit the schema. */
export async function readModelData(folder = FOLDER): Promise<ModelData> {
  const makers = await Promise.all(
    PROTOCOL_NAMES.map(async (protocol) => {
      const path = join(folder, `${protocol}.yaml`);
      return [protocol, parseWith(makerDataSchema, await readYaml(path), path)] as const;
    }),
  );
  return Object.fromEntries(makers);
}
