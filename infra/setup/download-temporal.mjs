import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { runCommand } from './run-command.mjs';
import { TEMPORAL } from './settings.mjs';
import { UserError } from './user-error.mjs';

const STALL_MS = 20_000;
const ARCHITECTURES = { x64: 'amd64', arm64: 'arm64' };

/** Fetches the dev server from where the Temporal SDK gets it, and unpacks it into the workspace. */
export async function downloadTemporal({ workspace, env, signal }) {
  const base = env.ETUDE_TEMPORAL_DOWNLOAD || TEMPORAL.download;
  if (base === 'off') throw new UserError('ETUDE_TEMPORAL_DOWNLOAD is off');
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
    throw new UserError(stall.signal.aborted ? 'no answer for 20 s' : (error.cause?.message ?? error.message));
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
  if (!response.ok) throw new UserError(`${new URL(url).host} answers with status ${response.status}`);
  return response;
}

/** Aborts when nothing has arrived for a while: some networks swallow connections instead of refusing them. */
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
