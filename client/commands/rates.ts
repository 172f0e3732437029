/** `etude rates STUDY`: how fast a model is asked, also while the study runs. */
import type { ChangeRatesInput } from '../../contracts/messages.ts';
import { sendMessage } from '../running/send-message.ts';
import { readNumber } from '../terminal/read-number.ts';
import type { Terminal } from '../terminal/terminal.ts';

interface Options {
  readonly home?: string;
  readonly model: string;
  readonly rpm?: string;
  readonly tpm?: string;
  readonly concurrency?: string;
  readonly batchRequests?: string;
  readonly batchTokens?: string;
}

export async function changeRates(study: string, options: Options, terminal: Terminal): Promise<void> {
  const { home, model, rpm, tpm, concurrency, batchRequests, batchTokens } = options;
  const input: ChangeRatesInput = {
    model,
    ...(rpm === undefined ? {} : { requestsPerMinute: readNumber('--rpm', rpm) }),
    ...(tpm === undefined ? {} : { tokensPerMinute: readNumber('--tpm', tpm) }),
    ...(concurrency === undefined ? {} : { concurrency: readNumber('--concurrency', concurrency) }),
    ...(batchRequests === undefined ? {} : { batchRequests: readNumber('--batch-requests', batchRequests) }),
    ...(batchTokens === undefined ? {} : { batchTokens: readNumber('--batch-tokens', batchTokens) }),
  };
  const { rate } = await sendMessage('changeRates', { study, home, input });
  terminal.finish({ study, model, rate }, () => {
    const { requestsPerMinute = 'any', tokensPerMinute = 'any', concurrency: inFlight } = rate;
    const { batchRequests: requests, batchTokens: tokens } = rate;
    const batched =
      requests === undefined && tokens === undefined
        ? ''
        : `, in batches at most ${requests ?? 'any'} requests and ${tokens ?? 'any'} tokens`;
    terminal.say(
      `Study ${study}, ${model}: requests a minute ${requestsPerMinute}, tokens a minute ${tokensPerMinute}, in flight at most ${inFlight}${batched}. They apply until \`rates\` in the study file change.`,
    );
  });
}
