import { rmSync, truncateSync } from 'node:fs';
import { afterAll, describe, expect, it } from '@jest/globals';
import { planStudy } from '../../../client/study-file/read-study.ts';
import { readYaml } from '../../../client/study-file/read-yaml.ts';
import { UserError } from '../../../contracts/failures.ts';
import { makeFolder, writeStudy } from '../../support/write-study.ts';

const folder = makeFolder();
afterAll(() => rmSync(folder, { recursive: true }));

/** The message and remedy of a refused file; fails when it is not refused, or not as a user's mistake. */
async function refusal(path: string): Promise<string> {
  const error: unknown = await readYaml(path)
    .then(() => planStudy(path))
    .catch((thrown: unknown) => thrown);
  if (!(error instanceof UserError)) throw new Error('the file was not refused as a user mistake', { cause: error });
  expect(error.remedy.length).toBeGreaterThan(0);
  return `${error.message}\n${error.remedy}`;
}

const refusalOf = (content: string | Uint8Array): Promise<string> => refusal(writeStudy(folder, content));

describe('reading a YAML file refuses', () => {
  it('a file that does not exist', async () => {
    expect(await refusal(`${folder}/none.yaml`)).toMatch(/none\.yaml cannot be read: there is no such file\./);
  });

  it('a folder', async () => {
    expect(await refusal(folder)).toMatch(/is a folder\./);
  });

  it('a device', async () => {
    expect(await refusal('/dev/zero')).toMatch(/is not a file\./);
  });

  it('an empty file, and one of comments', async () => {
    expect(await refusalOf('')).toMatch(/is empty\./);
    expect(await refusalOf('# nothing yet\n')).toMatch(/is empty\./);
  });

  it('bytes that are not UTF-8, with the line', async () => {
    const name = [0x6e, 0x61, 0x6d, 0x65, 0x3a, 0x20];
    expect(await refusalOf(Uint8Array.of(...name, 0xff, 0xfe))).toMatch(/, line 1: this is not UTF-8 text/);
    expect(await refusalOf(Uint8Array.of(...name, 0xc3, 0xa4, 0x0a, ...name, 0xe4, 0x0a))).toMatch(/, line 2: this is/);
  });

  it('a hundred megabytes, without reading them', async () => {
    const path = writeStudy(folder, '', 'large.yaml');
    truncateSync(path, 100 * 1024 * 1024);
    expect(await refusal(path)).toMatch(/has 104,857,600 bytes; at most 4,194,304 are read/);
  });

  it('aliases that explode', async () => {
    const levels = Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(9).fill(`*a${i}`).join(', ')}]`);
    expect(await refusalOf(`a0: &a0 [x, x, x]\n${levels.join('\n')}\n`)).toMatch(/aliases unfold into more than 100/);
  });

  it('nesting beyond all reason', async () => {
    expect(await refusalOf('['.repeat(200_000))).toMatch(/nested too deeply|line 1/);
  });

  it('a value that is no mapping', async () => {
    expect(await refusalOf('- name: lab\n')).toMatch(/the file: must be a mapping, not a list\./);
    expect(await refusalOf('lab\n')).toMatch(/the file: must be a mapping, not "lab"\./);
  });

  it('duplicate keys, with the line', async () => {
    expect(await refusalOf('name: a\nseed: 1\nname: b\n')).toMatch(/line 3, column 1: .*unique/);
  });

  it('the same k as a number and as text', async () => {
    expect(await refusalOf('kept: { 1: 300, "1": 30 }\n')).toMatch(/line 1.*unique/);
  });

  it('broken YAML, with line and column', async () => {
    expect(await refusalOf('name: lab\nsplit: { by: category\n')).toMatch(/line \d+, column \d+: /);
  });

  it('several documents in one file', async () => {
    expect(await refusalOf('name: a\n---\nname: b\n')).toMatch(/line 2.*multiple documents/);
  });
});
