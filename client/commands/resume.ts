/** `etude resume STUDY`: continues a paused study, or asks one of its providers again that waits for a person. */
import { sendMessage } from '../running/send-message.ts';
import type { Terminal } from '../terminal/terminal.ts';

interface Options {
  readonly home?: string;
  readonly provider?: string;
}

export async function resumeStudy(study: string, { home, provider }: Options, terminal: Terminal): Promise<void> {
  if (provider !== undefined) return resumeProvider(study, { home, provider }, terminal);
  const { paused } = await sendMessage('resume', { study, home, input: {} });
  terminal.finish({ study, paused }, () =>
    terminal.say(`Study ${study} is resumed; if its home runs, it continues within seconds.`),
  );
}

async function resumeProvider(
  study: string,
  { home, provider }: { readonly home: string | undefined; readonly provider: string },
  terminal: Terminal,
): Promise<void> {
  const { reason } = await sendMessage('resumeProvider', { study, home, input: { provider } });
  terminal.finish({ study, provider, held: false, reason }, () =>
    terminal.say(
      `Study ${study} may use ${provider} again; if its home runs, it does so within seconds. It waited because of: ${reason}`,
    ),
  );
}
