/** The same requests as an evaluation of Inspect AI, which the bench installs into a folder of its own. */
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ModelRequest } from '../../contracts/calls.ts';
import { NOT_SENT } from '../../contracts/study.ts';
import { composedWriter } from '../../domain/requests/item-requests.ts';
import { gradingRequest, wireSeed } from '../../domain/requests/requests.ts';
import { pythonWith } from '../packages/python-with.ts';
import type { Lab } from './etude-run.ts';
import { planOf, textsOf, type Measured, type Workload } from './workload.ts';

export const INSPECT = ['inspect-ai==0.3.285', 'openai==3.57.0'];
const PROGRAM = fileURLToPath(new URL('./inspect_loop.py', import.meta.url));

/** Stands for the reply of a turn; what is said before is known. */
const replyOf = (turn: number): string => `<<reply ${turn}>>`;

export async function runInspect(lab: Lab, workload: Workload, seed: number): Promise<Measured> {
  const python = await pythonWith(INSPECT);
  const folder = mkdtempSync(join(tmpdir(), 'etude-overhead-inspect-'));
  try {
    const file = join(folder, 'texts.json');
    writeFileSync(file, JSON.stringify(requestsOf(workload, seed)));
    const args = [PROGRAM, lab.openaiUrl, String(workload.inFlight), file, join(folder, 'logs')];
    const { stdout } = await promisify(execFile)(python, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
    return JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as Measured;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const asked = (request: ModelRequest) => {
  const { model, messages, parameters } = request;
  const config = { max_tokens: parameters.maxTokens, temperature: parameters.temperature, seed: wireSeed(request) };
  const sent = Object.entries(config).filter(([, value]) => value !== NOT_SENT);
  return { model, messages, config: Object.fromEntries(sent) };
};

/** Of each text the requests of its turns and of its grading, with marks in the place of replies. */
function requestsOf(workload: Workload, seed: number) {
  const plan = planOf(workload, seed);
  return Array.from({ length: textsOf(workload) }, (_, index) => {
    const { item, prompt, requestAfter } = composedWriter(plan, { list: 0, index });
    const replies = prompt.turns.map((_turn, turn) => replyOf(turn));
    const text = replies.at(-1) ?? '';
    const grading = { combination: item, text, round: 0, ask: 0 };
    return [
      ...replies.map((_reply, turn) => asked(requestAfter(replies.slice(0, turn)))),
      asked(gradingRequest(plan, plan.science.keepGrader, grading)),
    ];
  });
}
