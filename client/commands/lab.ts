/** `etude lab`: runs the lab's model servers until Ctrl-C, for studies of any home and for requests by hand. */
import { UserError } from '../../contracts/failures.ts';
import { faultsSchema, type FaultsInput } from '../../lab/servers/faults.ts';
import { startLab, type Lab, type StartLabInput } from '../../lab/servers/lab-server.ts';
import { readFaults } from '../../lab/servers/read-faults.ts';
import { Interrupted, onInterrupt } from '../home/interrupt.ts';
import { parseWith } from '../study-file/read-yaml.ts';
import type { Terminal } from '../terminal/terminal.ts';

export interface LabOptions {
  readonly openaiPort?: string;
  readonly anthropicPort?: string;
  readonly faults?: string;
  readonly requestLog?: string;
  readonly state?: string;
}

export async function serveLab(options: LabOptions, terminal: Terminal): Promise<void> {
  const interrupt = onInterrupt(options.state ? 'The lab keeps its batches.' : 'The lab keeps nothing.');
  const { openaiUrl, anthropicUrl, close } = await start(options);
  terminal.finish({ openaiUrl, anthropicUrl }, () => {
    terminal.say(`OpenAI protocol     ${openaiUrl}`);
    terminal.say(`Anthropic protocol  ${anthropicUrl}`);
    terminal.say('Ctrl-C ends the lab. A study uses it when its providers name these as `endpoint`.');
  });
  try {
    await interrupt.happened;
  } catch (error) {
    if (!(error instanceof Interrupted)) throw error;
  } finally {
    await close();
  }
}

async function start({ openaiPort, anthropicPort, faults, requestLog, state }: LabOptions): Promise<Lab> {
  const input: StartLabInput = {
    openaiPort: readPort('--openai-port', openaiPort),
    anthropicPort: readPort('--anthropic-port', anthropicPort),
    requestLog,
    state,
    faults: takeFaults(faults),
  };
  try {
    return await startLab(input);
  } catch (cause) {
    const { code, port, message } = cause as NodeJS.ErrnoException & { readonly port?: number };
    if (code === 'EADDRINUSE')
      throw new UserError(
        `The lab did not start: port ${port} is in use.`,
        'Choose another port, or leave the option out for a free one.',
      );
    throw new UserError(`The lab did not start: ${message}.`, 'Check the ports, --request-log and --state.', { cause });
  }
}

function takeFaults(given: string | undefined): FaultsInput {
  const faults = readJson(given);
  parseWith(faultsSchema, faults, '--faults');
  return faults;
}

function readJson(given: string | undefined): FaultsInput {
  try {
    return readFaults(given);
  } catch (cause) {
    const why = `--faults cannot be read: ${(cause as Error).message}.`;
    throw new UserError(why, 'Name a file with JSON, or write the JSON itself, as \'{"transport": {"quota": 1}}\'.', {
      cause,
    });
  }
}

function readPort(option: string, given: string | undefined): number | undefined {
  const port = Number(given ?? 0);
  if (Number.isInteger(port) && port >= 0 && port < 65_536) return given === undefined ? undefined : port;
  throw new UserError(`${option} ${given} is not a port.`, 'Name a whole number from 0 (any free one) to 65535.');
}
