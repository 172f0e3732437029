/** `etude rates STUDY`: how fast a model is asked, also while the study runs. */
import type { ChangeRatesInput } from '../../contracts/messages.ts';
import { describeRate } from '../../domain/run/merge-runtime.ts';
import { sendMessage } from '../running/send-message.ts';
import { readNumber } from '../terminal/read-number.ts';
import type { Terminal } from '../terminal/terminal.ts';

interface Options {
  readonly home?: string;
  readonly model: string;
  readonly rpm?: string;
  readonly tpm?: string;
  readonly inputTpm?: string;
  readonly outputTpm?: string;
  readonly concurrency?: string;
  readonly batchRequests?: string;
  readonly batchTokens?: string;
}

const OPTIONS = [
  ['rpm', 'requestsPerMinute'],
  ['tpm', 'tokensPerMinute'],
  ['inputTpm', 'inputTokensPerMinute'],
  ['outputTpm', 'outputTokensPerMinute'],
  ['concurrency', 'concurrency'],
  ['batchRequests', 'batchRequests'],
  ['batchTokens', 'batchTokens'],
] as const;

const flagOf = (option: string): string => `--${option.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

export async function changeRates(study: string, options: Options, terminal: Terminal): Promise<void> {
  const { home, model } = options;
  const parts = OPTIONS.flatMap(([option, part]) => {
    const given = options[option];
    return given === undefined ? [] : [[part, readNumber(flagOf(option), given)] as const];
  });
  const input: ChangeRatesInput = { model, ...Object.fromEntries(parts) };
  const { rate } = await sendMessage('changeRates', { study, home, input });
  terminal.finish({ study, model, rate }, () => {
    terminal.say(
      `Study ${study}, ${model}: ${describeRate(rate)}. They apply until \`rates\` in the study file change.`,
    );
  });
}
