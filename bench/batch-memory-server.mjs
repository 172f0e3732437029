/** The least that both batch protocols ask of a server: takes requests line by line, and has a reply to each at once. */
import { createReadStream, createWriteStream } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const [, , folder = '.'] = process.argv;
const TEXT = 'At the harbour he swore that he would return. '.repeat(20);
const results = join(folder, 'results.jsonl');
let items = 0;

function lineFor(id, protocol) {
  if (protocol === 'anthropic') {
    const usage = { input_tokens: 900, output_tokens: 200 };
    const message = {
      id: 'm',
      type: 'message',
      role: 'assistant',
      model: 'lab-lenient',
      stop_reason: 'end_turn',
      usage,
    };
    return {
      custom_id: id,
      result: { type: 'succeeded', message: { ...message, content: [{ type: 'text', text: TEXT }] } },
    };
  }
  const choices = [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: TEXT } }];
  const usage = { prompt_tokens: 900, completion_tokens: 200, total_tokens: 1100 };
  const body = { id: 'c', object: 'chat.completion', created: 1, model: 'lab-teacher', choices, usage };
  return { custom_id: id, response: { status_code: 200, request_id: 'r', body }, error: null };
}

async function take(request, protocol) {
  const out = createWriteStream(results);
  items = 0;
  for await (const line of createInterface({ input: request })) {
    const [, id] = /"custom_id":"([\w-]+)"/.exec(line) ?? [];
    if (id === undefined) continue;
    items += 1;
    if (!out.write(`${JSON.stringify(lineFor(id, protocol))}\n`))
      await new Promise((resolve) => out.once('drain', resolve));
  }
  await new Promise((resolve) => out.end(resolve));
}

const openai = (status) => ({
  ...{ id: 'batch_1', object: 'batch', status, created_at: Date.now() / 1000, input_file_id: 'file-1' },
  ...{ output_file_id: 'file-2', error_file_id: null, request_counts: { total: items, completed: items, failed: 0 } },
});
const anthropic = () => ({
  ...{ id: 'msgbatch_1', processing_status: 'ended', created_at: new Date().toISOString(), archived_at: null },
  request_counts: { processing: 0, succeeded: items, errored: 0, canceled: 0, expired: 0 },
});

const server = createServer((request, response) => {
  const { method, url = '' } = request;
  const answer = (body) => response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
  const at = `${method} ${url}`;
  if (at === 'POST /v1/files') return void take(request, 'openai').then(() => answer({ id: 'file-1' }));
  if (at === 'POST /v1/batches') return answer(openai('validating'));
  if (at === 'POST /v1/messages/batches') return void take(request, 'anthropic').then(() => answer(anthropic()));
  if (/\/(?:content|results)$/.test(url)) return createReadStream(results).pipe(response);
  if (method === 'DELETE') return answer({ id: 'file', deleted: true });
  return answer(url.startsWith('/v1/messages') ? anthropic() : openai('completed'));
});
server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}`));
