/** The lab's servers as a process of their own: `node --import tsx lab/servers/main.ts --ready-file FILE`. */
import { Command, InvalidArgumentError } from 'commander';
import writeFileAtomic from 'write-file-atomic';
import { z } from 'zod';
import { startLab } from './lab-server.ts';
import { readFaults } from './read-faults.ts';

interface Options {
  readonly openaiPort?: number;
  readonly anthropicPort?: number;
  readonly faults?: string;
  readonly requestLog?: string;
  readonly state?: string;
  readonly readyFile?: string;
}

const program = new Command('lab')
  .description('Serves the lab models on this machine until it is stopped.')
  .option('--openai-port <port>', 'port of the OpenAI protocol (default: a free one)', readPort)
  .option('--anthropic-port <port>', 'port of the Anthropic protocol (default: a free one)', readPort)
  .option('--faults <file or JSON>', 'what goes wrong on purpose (lab/servers/faults.ts); SIGHUP reads the file again')
  .option('--request-log <file>', 'gets one JSON line per request')
  .option('--state <folder>', 'keeps the batches, so that they outlive the lab')
  .option('--ready-file <file>', 'written with both URLs when the servers listen')
  .action(run);

function readPort(given: string): number {
  const port = Number(given);
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return port;
  throw new InvalidArgumentError('A port is a whole number from 0 (any free one) to 65535.');
}

async function run(options: Options): Promise<void> {
  const lab = await startLab({ ...options, faults: readFaults(options.faults) });
  const ready = JSON.stringify({ openaiUrl: lab.openaiUrl, anthropicUrl: lab.anthropicUrl, pid: process.pid });
  if (options.readyFile !== undefined) await writeFileAtomic(options.readyFile, ready);
  console.log(ready);
  process.on('SIGHUP', () => lab.setFaults(readFaults(options.faults)));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void lab.close());
}

/** The message for a person, without a stack. */
const explain = (error: unknown): string => {
  if (error instanceof z.ZodError) return `--faults cannot be used:\n${z.prettifyError(error)}`;
  return error instanceof Error ? error.message : String(error);
};

await program.parseAsync().catch((error: unknown) => program.error(`The lab did not start. ${explain(error)}`));
