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
}

export async function changeRates(study: string, options: Options, terminal: Terminal): Promise<void> {
  const { home, model, rpm, tpm, concurrency } = options;
  const input: ChangeRatesInput = {
    model,
    ...(rpm === undefined ? {} : { requestsPerMinute: readNumber('--rpm', rpm) }),
    ...(tpm === undefined ? {} : { tokensPerMinute: readNumber('--tpm', tpm) }),
    ...(concurrency === undefined ? {} : { concurrency: readNumber('--concurrency', concurrency) }),
  };
  const { rate } = await sendMessage('changeRates', { study, home, input });
  terminal.finish({ study, model, rate }, () => {
    const { requestsPerMinute = 'any', tokensPerMinute = 'any', concurrency: inFlight } = rate;
    terminal.say(
      `Study ${study}, ${model}: requests a minute ${requestsPerMinute}, tokens a minute ${tokensPerMinute}, in flight at most ${inFlight}. They apply until \`rates\` in the study file change.`,
    );
  });
}
