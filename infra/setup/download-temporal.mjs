import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { runCommand } from './run-command.mjs';
import { TEMPORAL } from './settings.mjs';
import { UserError } from './user-error.mjs';

const STALL_MS = 20_000;
const ARCHITECTURES = { x64: 'amd64', arm64: 'arm64' };

/**
 * Downloads the Temporal CLI from the address that the Temporal SDK uses, and unpacks it into `workspace`. Throws a
 * `UserError` with the reason when the download is switched off, refused, too slow or damaged.
 */
export async function downloadTemporal({ workspace, env, signal }) {
  const base = env.ETUDE_TEMPORAL_DOWNLOAD || TEMPORAL.download;
  if (base === 'off') throw new UserError('switched off by ETUDE_TEMPORAL_DOWNLOAD=off');
  const stall = startStallClock(signal);
  try {
    const { archiveUrl, fileToExtract } = await (await fetchOk(describeUrl(base), stall.signal)).json();
    const archive = join(workspace, 'temporal.tar.gz');
    const response = await fetchOk(archiveUrl, stall.signal);
    await pipeline(Readable.fromWeb(response.body), touching(stall), createWriteStream(archive), {
      signal: stall.signal,
    });
    await unpack({ workspace, archive, fileToExtract, env, signal });
  } catch (error) {
    signal?.throwIfAborted();
    if (stall.signal.aborted) throw new UserError(`nothing received for ${STALL_MS / 1000} s`);
    // `fetch` says only "fetch failed": the network's own reason (such as ENOTFOUND) is in the cause.
    throw new UserError(error.cause?.code ?? error.cause?.message ?? error.message);
  } finally {
    stall.stop();
  }
}

function describeUrl(base) {
  const arch = ARCHITECTURES[process.arch] ?? process.arch;
  const query = new URLSearchParams({ arch, platform: process.platform, format: 'tar.gz' });
  return `${base}/${TEMPORAL.version}?${query}`;
}

async function fetchOk(url, signal) {
  const response = await fetch(url, { signal });
  if (!response.ok) throw new UserError(`${new URL(url).host} answered with status ${response.status}`);
  return response;
}

/** Aborts the download when no data has arrived for a while: some networks drop connections without refusing them. */
function startStallClock(outer) {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const timer = setTimeout(abort, STALL_MS);
  outer?.addEventListener('abort', abort, { once: true });
  return {
    signal: controller.signal,
    touch: () => timer.refresh(),
    stop() {
      clearTimeout(timer);
      outer?.removeEventListener('abort', abort);
    },
  };
}

function touching(stall) {
  return new Transform({
    transform(chunk, _encoding, done) {
      stall.touch();
      done(null, chunk);
    },
  });
}

async function unpack({ workspace, archive, fileToExtract, env, signal }) {
  const args = ['-xzf', archive, '-C', workspace, fileToExtract];
  const { ok, output } = await runCommand({ command: 'tar', args, env, signal });
  if (!ok) throw new UserError(`the archive cannot be unpacked: ${output.trim()}`);
}
