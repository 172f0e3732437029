import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from '@jest/globals';
import { Store } from '../../../activities/shared/store.ts';
import { checkMix, keepMix } from '../../../client/study-file/read-mix.ts';
import type { Plan } from '../../../contracts/plan.ts';
import { sha256 } from '../../../domain/basics/hash.ts';
import { makeScratch, writeFileIn } from '../../support/scratch.ts';

const scratch = makeScratch();
const study = join(scratch, 'studies/mine.yaml');
const store = new Store(join(scratch, 'store'));
const text = (content: string) => `${JSON.stringify({ text: content })}\n`;

let path: string;
beforeEach(() => {
  path = writeFileIn(scratch, 'data/prose.jsonl', text('one') + text('two'));
});

const planOf = (revision: string, loss = 'all-tokens', source = '../data/prose.jsonl') =>
  ({ science: { training: { mix: { source, revision, ratio: 0.5, unit: 'examples', loss } } } }) as unknown as Plan;

const write = (content: string): Plan => {
  writeFileSync(path, content);
  return planOf(sha256(content));
};

describe('a file to mix in', () => {
  it('is kept in the store under its hash, and its path is not needed any more', async () => {
    const plan = planOf(sha256(text('one') + text('two')));
    expect(await checkMix(study, plan)).toBe(path);
    await keepMix(study, plan, store);
    writeFileSync(path, 'changed');
    await keepMix(study, plan, store);
    expect((await store.get(sha256(text('one') + text('two')))).toString()).toBe(text('one') + text('two'));
    const copy = join(scratch, 'copy.jsonl');
    await store.copyTo(sha256(text('one') + text('two')), copy);
    writeFileSync(store.pathOf(sha256(text('one') + text('two'))), 'cut');
    await expect(store.copyTo(sha256(text('one') + text('two')), copy)).rejects.toThrow('was truncated or changed');
  });

  it.each(['0'.repeat(64), 'main'])('whose revision is %s is refused with the right one', async (revision) => {
    const right = sha256(text('one') + text('two'));
    await expect(keepMix(study, planOf(revision), store)).rejects.toThrow(
      `is not the SHA-256 of ${path}, which is ${right}`,
    );
  });

  it('that is missing, empty or has other rows is refused at its place', async () => {
    const missing = checkMix(study, planOf('0'.repeat(64), 'all-tokens', '../data/none.jsonl'));
    await expect(missing).rejects.toThrow(/training\.mix\.source: .*none\.jsonl does not exist/);
    await expect(checkMix(study, write(''))).rejects.toThrow('is empty');
    await expect(checkMix(study, write(`${text('one')}{"prose": "two"}\n`))).rejects.toThrow(
      /prose\.jsonl, line 2: a row is/,
    );
    await expect(checkMix(study, write(`null\n`))).rejects.toThrow(/line 1: a row is/);
    await expect(checkMix(study, write('{"messages": []}\n'))).rejects.toThrow('there is no assistant message');
  });

  it('of plain texts has no answers to learn', async () => {
    const plan = planOf(sha256(text('one') + text('two')), 'answers');
    await expect(checkMix(study, plan)).rejects.toThrow('line 1: a plain text has no answers');
  });

  it('is not looked for when a dataset of the hub is mixed in, or nothing', async () => {
    expect(await checkMix(study, planOf('a'.repeat(40), 'answers', 'hub:org/prose'))).toBeUndefined();
    expect(await checkMix(study, { science: { training: {} } } as unknown as Plan)).toBeUndefined();
  });
});
