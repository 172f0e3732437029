/** The loop that a researcher writes: the openai client and so many texts at once; nothing is kept. A program of its own. */
import OpenAI from 'openai';
import type { ChatCompletionMessageParam } from 'openai/resources/chat/completions';
import type { ModelRequest } from '../../contracts/calls.ts';
import { composedWriter } from '../../domain/requests/item-requests.ts';
import { gradingRequest, wireSeed } from '../../domain/requests/requests.ts';
import { cpuOfMachine } from './processes.ts';
import { planOf, type Measured, type Workload } from './workload.ts';

const [url = '', given = '{}', seed = '1'] = process.argv.slice(2);
const workload = JSON.parse(given) as Workload;
const plan = planOf(workload, Number(seed));
const client = new OpenAI({ baseURL: url, apiKey: 'lab', maxRetries: 0 });

async function ask(request: ModelRequest): Promise<string> {
  const { maxTokens, temperature } = request.parameters;
  const reply = await client.chat.completions.create({
    model: request.model,
    messages: request.messages as ChatCompletionMessageParam[],
    max_tokens: maxTokens as number,
    ...(typeof temperature === 'number' && { temperature }),
    seed: wireSeed(request),
  });
  return reply.choices[0]?.message.content ?? '';
}

async function compose(index: number): Promise<number> {
  const { item, prompt, requestAfter } = composedWriter(plan, { list: 0, index });
  const replies: string[] = [];
  while (replies.length < prompt.turns.length) replies.push(await ask(requestAfter(replies)));
  const text = replies.at(-1) ?? '';
  await ask(gradingRequest(plan, plan.science.keepGrader, { combination: item, text, round: 0, ask: 0 }));
  return replies.length + 1;
}

const items = plan.compose[0]?.items.keys() ?? [].keys();
const before = process.cpuUsage();
const machineBefore = cpuOfMachine();
const start = performance.now();
const loop = async (): Promise<number> => {
  let asked = 0;
  for (const index of items) asked += await compose(index);
  return asked;
};
const asked = await Promise.all(Array.from({ length: workload.inFlight }, loop));
const calls = asked.reduce((sum, count) => sum + count, 0);
const seconds = (performance.now() - start) / 1000;
const { user, system } = process.cpuUsage(before);
const machine = cpuOfMachine() - machineBefore;
const measured: Measured = { calls, seconds, cpu: { loop: (user + system) / 1e6 }, machine };
console.log(JSON.stringify(measured));
