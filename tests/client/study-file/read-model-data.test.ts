import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readModelData } from '../../../client/study-file/read-model-data.ts';
import { PROTOCOL_NAMES } from '../../../contracts/protocols.ts';

const OWN = fileURLToPath(new URL('../../../catalogs/models', import.meta.url));
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'etude-models-'));
  cpSync(OWN, folder, { recursive: true });
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('readModelData', () => {
  it('reads a dated file for each protocol', async () => {
    const makers = await readModelData();
    expect(Object.keys(makers)).toEqual(PROTOCOL_NAMES);
    for (const protocol of PROTOCOL_NAMES) expect(makers[protocol]).toMatchObject({ protocol });
  });

  it.each([
    ['a day that is none', /asOf: .*/, "asOf: '2026-13-01'", 'asOf'],
    ['a pattern that is none', /models: .*/, "models: '('", 'refusals'],
    ['an unknown key', /asOf: /, 'asof: ', 'asof'],
  ])('names the file and the place of %s', async (_, from, to, place) => {
    const path = join(folder, 'openai.yaml');
    writeFileSync(path, readFileSync(path, 'utf8').replace(from, to));
    await expect(readModelData(folder)).rejects.toThrow(path);
    await expect(readModelData(folder)).rejects.toThrow(place);
  });
});
