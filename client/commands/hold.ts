/** `etude pause`, `resume`, `raise-budget` and `rates`: a person's hand on a study, whether somebody works on it or not. */
import { changeRates, pause, raiseBudget, resume, resumeProvider } from '../../activities/operator/hand.ts';
import { UserError } from '../../contracts/failures.ts';
import { checkRaiseBudget, type ChangeRatesInput } from '../../contracts/messages.ts';
import { formatDollars } from '../../domain/report/page/format.ts';
import * as messages from '../../workflows/messages.ts';
import { tellStudy } from '../running/tell-study.ts';
import type { Terminal } from '../terminal/terminal.ts';

interface Options {
  readonly home?: string;
}

/** Returns when nothing of what was in flight is left: from then on nothing is sent. */
export async function pauseStudy(name: string, { home }: Options, terminal: Terminal): Promise<void> {
  const { paused } = await tellStudy(name, home, {
    toWorkflow: (study) => study.executeUpdate(messages.pause),
    toLedger: pause,
  });
  terminal.finish({ study: name, paused }, () =>
    terminal.say(
      `Study ${name} is paused: nothing is in flight, nothing is sent. Trainings go on. \`./etude resume ${name}\` goes on.`,
    ),
  );
}

export async function resumeStudy(
  name: string,
  { home, provider }: Options & { readonly provider?: string },
  terminal: Terminal,
): Promise<void> {
  if (provider !== undefined) return resumeHeld(name, home, provider, terminal);
  const { paused } = await tellStudy(name, home, {
    toWorkflow: (study) => study.executeUpdate(messages.resume),
    toLedger: resume,
  });
  terminal.finish({ study: name, paused }, () =>
    terminal.say(`Study ${name} goes on within seconds, if somebody works on it.`),
  );
}

async function resumeHeld(name: string, home: string | undefined, provider: string, terminal: Terminal): Promise<void> {
  const { reason } = await tellStudy(name, home, {
    toWorkflow: (study) => study.executeUpdate(messages.resumeProvider, { args: [{ provider }] }),
    toLedger: (study) => resumeProvider(study, { provider }),
  });
  terminal.finish({ study: name, provider, held: false, reason }, () =>
    terminal.say(
      `Study ${name} asks ${provider} again within seconds, if somebody works on it. It waited for: ${reason}`,
    ),
  );
}

export async function changeBudget(
  name: string,
  { home, usd: given }: Options & { readonly usd: string },
  terminal: Terminal,
): Promise<void> {
  const usd = readNumber('--usd', given);
  checkRaiseBudget({ usd });
  const { before, spent } = await tellStudy(name, home, {
    toWorkflow: (study) => study.executeUpdate(messages.raiseBudget, { args: [{ usd }] }),
    toLedger: (study) => raiseBudget(study, { usd }),
  });
  terminal.finish({ study: name, usd, before, spent }, () =>
    terminal.say(
      `Study ${name}: cap $${usd} (before: ${before === null ? 'none' : `$${before}`}), ${formatDollars(spent)} spent. It holds until \`limits\` of the study file change.`,
    ),
  );
}

interface RateOptions extends Options {
  readonly model: string;
  readonly rpm?: string;
  readonly tpm?: string;
  readonly concurrency?: string;
}

export async function setRates(name: string, options: RateOptions, terminal: Terminal): Promise<void> {
  const { home, model, rpm, tpm, concurrency } = options;
  const input: ChangeRatesInput = {
    model,
    ...(rpm === undefined ? {} : { requestsPerMinute: readNumber('--rpm', rpm) }),
    ...(tpm === undefined ? {} : { tokensPerMinute: readNumber('--tpm', tpm) }),
    ...(concurrency === undefined ? {} : { concurrency: readNumber('--concurrency', concurrency) }),
  };
  const { rate } = await tellStudy(name, home, {
    toWorkflow: (study) => study.executeUpdate(messages.changeRates, { args: [input] }),
    toLedger: (study) => changeRates(study, input),
  });
  terminal.finish({ study: name, model, rate }, () => {
    const { requestsPerMinute = 'any', tokensPerMinute = 'any', concurrency: inFlight } = rate;
    terminal.say(
      `Study ${name}, ${model}: requests a minute ${requestsPerMinute}, tokens a minute ${tokensPerMinute}, in flight at most ${inFlight}. They hold until \`rates\` of the study file change.`,
    );
  });
}

function readNumber(option: string, text: string): number {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(number)) return number;
  throw new UserError(`${option} ${text} is not a number.`, `As in \`${option} 250\`.`);
}
