/**
 * Memory and time of one large batch, without a study or a model: `node --import tsx bench/batch-memory.ts [openai|anthropic]
 * [LINES]`. Collects the requests as shards do, submits them to a server in a process of its own, and stores the replies.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { advanceBatch } from '../activities/batches/advance-batch.ts';
import { collectRequests } from '../activities/ledger/batches/collect-requests.ts';
import { listOpenBatches } from '../activities/ledger/batches/open-batches.ts';
import type { ActivityContext } from '../activities/shared/activity-context.ts';
import type { ModelRequest } from '../contracts/calls.ts';
import { requestKey } from '../domain/requests/requests.ts';
import { MACHINE_CLOCK } from '../infra/processes/clock.ts';
import { smallStudy, storePlan } from '../tests/support/small-study.ts';
import { openContext, requestOf } from '../tests/support/test-home.ts';

const [protocol = 'openai', count = '50000'] = process.argv.slice(2);
const LINES = Number(count);
const SHARD = 500;
/** With which a batch of 50,000 comes near OpenAI's 200 MB. */
const PROMPT = 'They swore an oath at the harbour. '.repeat(100);

const model = protocol === 'openai' ? 'lab-teacher' : 'lab-lenient';
const requestAt = (sample: number): ModelRequest =>
  requestOf({
    provider: `lab-${protocol}`,
    model,
    sample,
    messages: [{ role: 'user', content: `${sample}: ${PROMPT}` }],
  });

let peak = process.memoryUsage.rss();
setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss())), 10).unref();
const megabytes = (bytes: number): string => `${Math.round(bytes / 1e6)} MB`;

async function addAll({ ledger }: ActivityContext, plan: string): Promise<void> {
  for (let from = 0; from < LINES; from += SHARD) {
    const requests = Array.from({ length: Math.min(SHARD, LINES - from) }, (_, index) => {
      const request = requestAt(from + index);
      return { key: requestKey(request), request, reserved: 1_000, tokens: PROMPT.length / 3 };
    });
    await collectRequests(ledger.tables, { plan, phase: 'compose', requests, cap: Number.MAX_SAFE_INTEGER });
  }
}

async function untilEnded(context: ActivityContext, plan: string): Promise<number> {
  const log = { warn: (message: string, attributes: object) => console.error(message, attributes) };
  for (let batches = 0; ;) {
    const [open] = await listOpenBatches(context.ledger.tables, plan);
    if (!open) return batches;
    const seen = await advanceBatch(context, open.id, { by: plan, signal: new AbortController().signal, log });
    if (seen.state === 'ended') batches += 1;
    else await wait(seen.again);
  }
}

const folder = mkdtempSync(join(tmpdir(), 'etude-bench-'));
const server = spawn(process.execPath, [fileURLToPath(new URL('batch-memory-server.mjs', import.meta.url)), folder], {
  stdio: ['ignore', 'pipe', 'inherit'],
});
try {
  const [url] = (await once(createInterface(server.stdout), 'line')) as [string];
  const lab = { openai: `${url}/v1`, anthropic: url };
  const context = await openContext(folder, { lab, batchQuiet: 0, deadline: 120_000, clock: MACHINE_CLOCK });
  const { hash } = await storePlan(context, smallStudy());
  const before = peak;
  const started = performance.now();
  await addAll(context, hash);
  const [collected, at] = [peak, performance.now()];
  const batches = await untilEnded(context, hash);
  const { calls } = await context.ledger.tables
    .selectFrom('calls')
    .select((select) => select.fn.countAll<number>().as('calls'))
    .executeTakeFirstOrThrow();
  const seconds = (from: number, to: number): string => `${((to - from) / 1000).toFixed(1)} s`;
  console.log(
    `${protocol}: ${calls} replies from ${batches} batches of ${megabytes(LINES * (PROMPT.length + 500))}; resident ${megabytes(before)} before, at most ${megabytes(collected)} while collecting (${seconds(started, at)}), ${megabytes(peak)} to the end (${seconds(at, performance.now())})`,
  );
  await context.ledger.close();
} finally {
  server.kill();
  rmSync(folder, { recursive: true, force: true });
}
