import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { openLedger } from '../../../activities/ledger/open-ledger.ts';
import { returnTokens, takePace, type PerMinute } from '../../../activities/ledger/take-pace.ts';
import { makeScratch } from '../../support/scratch.ts';

const scratch = makeScratch();
let count = 0;
let tables: Awaited<ReturnType<typeof openLedger>>;
let now = 1_000_000;
beforeEach(async () => {
  jest.spyOn(process.hrtime, 'bigint').mockImplementation(() => BigInt(now) * 1_000_000n);
  tables = await openLedger(join(scratch, `ledger-${(count += 1)}.db`));
});
afterEach(async () => {
  jest.restoreAllMocks();
  await tables.destroy();
});

const TOKENS = { inputTokens: 300, outputTokens: 100 };
const take = (pace: PerMinute, tokens = TOKENS) => takePace(tables, 'there/model', pace, tokens);

/** How many requests pass in ten minutes that ask as soon as they may; each gives back what it did not use. */
async function countPassing(pace: PerMinute, used = TOKENS): Promise<number> {
  const until = now + 600_000;
  let passed = 0;
  while (now < until) {
    const wait = await take(pace);
    if (wait > 0) now += wait;
    else {
      passed += 1;
      const unused = {
        inputTokens: TOKENS.inputTokens - used.inputTokens,
        outputTokens: TOKENS.outputTokens - used.outputTokens,
      };
      await returnTokens(tables, 'there/model', pace, unused);
    }
  }
  return passed;
}

describe('what may be sent in a minute', () => {
  it.each<[PerMinute, number]>([
    [{ requestsPerMinute: 60 }, 600],
    [{ tokensPerMinute: 40_000 }, 1_000],
    [{ inputTokensPerMinute: 30_000 }, 1_000],
    [{ outputTokensPerMinute: 5_000 }, 500],
    [{ requestsPerMinute: 30, tokensPerMinute: 40_000 }, 300],
    [{ inputTokensPerMinute: 30_000, outputTokensPerMinute: 2_000 }, 200],
  ])('under %j is nearly all that is allowed, and never more', async (pace, allowed) => {
    const passed = await countPassing(pace);
    expect(passed).toBeLessThanOrEqual(allowed + 1);
    expect(passed).toBeGreaterThanOrEqual(0.97 * allowed);
  });

  it('counts what replies took, not what they might have', async () => {
    const passed = await countPassing({ tokensPerMinute: 40_000 }, { inputTokens: 75, outputTokens: 25 });
    expect(passed).toBeGreaterThanOrEqual(0.97 * 4_000);
    expect(passed).toBeLessThanOrEqual(4_001);
  });

  it('is not limited where nothing is named', async () => {
    expect(await take({})).toBe(0);
  });
});
