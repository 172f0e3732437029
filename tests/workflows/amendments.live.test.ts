import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { StudyRef, WriteTextInput } from '../../contracts/activities.ts';
import { openBench, smallOutline, withStudy, type Bench } from '../support/runner/scripted-study.ts';

let bench: Bench;
beforeAll(async () => {
  bench = await openBench();
});
afterAll(() => bench.close());

describe('amendments of a running study', () => {
  it('evaluate once more what is open at its end, only that, and are refused while it is analysed', async () => {
    let analyses = 0;
    let analysing = (): void => undefined;
    const reached = new Promise<void>((resolve) => (analysing = resolve));
    let go = (): void => undefined;
    const refused = new Promise<void>((resolve) => (go = resolve));
    const script = {
      analyse: async (_: StudyRef) => {
        analyses += 1;
        if (analyses > 1) return { results: 'results.json', failedArms: 0 };
        analysing();
        await refused;
        return { open: ['tiny/1,2/k2/train'] };
      },
    };
    await withStudy(bench, { script, outline: smallOutline }, async ({ handle, log }) => {
      await reached;
      const before = log.length;
      const asked = handle.executeUpdate('redo', { args: [{}] });
      await expect(asked).rejects.toMatchObject({ cause: { message: expect.stringContaining('writing its results') } });
      go();
      expect(await handle.result()).toEqual({ results: 'results.json', failedArms: 0 });
      const after = log.slice(before);
      expect(after.filter(({ activity }) => activity === 'tuneStudent')).toHaveLength(1);
      const texts = after
        .filter(({ activity }) => activity === 'writeText')
        .map(({ input }) => input as WriteTextInput);
      expect(texts).toHaveLength(3 * 2);
      for (const { ref } of texts) expect(ref).toMatchObject({ tuned: { arm: '1,2' } });
    });
  });

  it('compose the training texts that are tried again before the arms that wait for them', async () => {
    let analyses = 0;
    const script = {
      analyse: async (_: StudyRef) => {
        analyses += 1;
        if (analyses > 1) return { results: 'results.json', failedArms: 0 };
        return { open: ['tiny/1/k2/train'], compose: [0] };
      },
    };
    await withStudy(bench, { script }, async ({ handle, log }) => {
      expect(await handle.result()).toEqual({ results: 'results.json', failedArms: 0 });
      const names = log.map(({ activity }) => activity);
      const after = log.slice(names.indexOf('analyse') + 1);
      const order = after.map(({ activity }) => activity);
      expect(order.filter((activity) => activity === 'countKept')).toHaveLength(1);
      const tuned = after.filter(({ activity }) => activity === 'tuneStudent');
      expect(tuned.map(({ input }) => (input as { arm: string }).arm)).toEqual(['1']);
      expect(order.indexOf('tuneStudent')).toBeGreaterThan(order.indexOf('countKept'));
    });
  });

  it('leave an arm of which every cell is given up untuned and unserved', async () => {
    const listAsked = async ({ cells }: { cells: readonly string[] }) =>
      cells.filter((cell) => !cell.includes('/1,2/'));
    await withStudy(bench, { script: { listAsked } }, async ({ handle, log }) => {
      await handle.result();
      const armsOf = (activity: string) =>
        log.filter((entry) => entry.activity === activity).map(({ input }) => JSON.stringify(input));
      expect(armsOf('tuneStudent')).toHaveLength(1);
      expect(armsOf('serveStudent').join()).not.toContain('"1,2"');
    });
  });
});
