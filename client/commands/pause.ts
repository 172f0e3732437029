/** `etude pause STUDY`: returns when no request is in flight any more; from then on nothing is sent. */
import { sendMessage } from '../running/send-message.ts';
import type { Terminal } from '../terminal/terminal.ts';

export async function pauseStudy(study: string, { home }: { readonly home?: string }, terminal: Terminal) {
  const { paused } = await sendMessage('pause', { study, home, input: {} });
  terminal.finish({ study, paused }, () =>
    terminal.say(
      `Study ${study} is paused: nothing is in flight, nothing is sent. Trainings continue. Resume it with \`./etude resume ${study}\`.`,
    ),
  );
}
