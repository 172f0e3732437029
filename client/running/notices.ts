/** What somebody who does not watch a study wants to hear of it: what changed between two moments. */

export interface Notice {
  readonly study: string;
  readonly event: 'waiting' | 'continues' | 'arm failed' | 'disk' | 'finished' | 'ended';
  /** One line for a person. */
  readonly message: string;
}

/** What of a study may need somebody, at one moment. */
export interface StudyState {
  /** Why work waits for a person, by what waits: a provider, `budget`, or `PAUSED` for the study. */
  readonly waiting: ReadonlyMap<string, string>;
  /** A line for each failed arm. */
  readonly failedArms: readonly string[];
  /** That the disk of the home is nearly full, as a line. */
  readonly disk?: string | undefined;
}

export const PAUSED = 'paused';

export const NOTHING_SEEN: StudyState = { waiting: new Map(), failedArms: [] };

/** What waits already is named once: other words for its reason make no new notice. */
export function noticesBetween(study: string, before: StudyState, now: StudyState): Notice[] {
  const notice = (event: Notice['event'], message: string): Notice => ({ study, event, message });
  const begun = [...now.waiting].filter(([subject]) => !before.waiting.has(subject));
  const ended = [...before.waiting.keys()].filter((subject) => !now.waiting.has(subject));
  return [
    ...begun.map(([, reason]) => notice('waiting', `Study ${study}: ${reason}`)),
    ...ended.map((subject) =>
      notice(
        'continues',
        `Study ${study} continues: ${subject === PAUSED ? 'it is resumed' : `${subject} no longer waits`}.`,
      ),
    ),
    ...now.failedArms
      .filter((line) => !before.failedArms.includes(line))
      .map((line) => notice('arm failed', `Study ${study}: ${line}`)),
    ...(now.disk !== undefined && before.disk === undefined ? [notice('disk', `Study ${study}: ${now.disk}`)] : []),
  ];
}
