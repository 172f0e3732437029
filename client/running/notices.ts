/** What somebody who does not watch a study wants to hear of it: what changed between two looks at it. */

export interface Notice {
  readonly study: string;
  readonly event: 'waiting' | 'continues' | 'arm failed' | 'disk' | 'finished' | 'ended';
  /** One line for a person. */
  readonly message: string;
}

/** What of a study may need somebody, at one moment. */
export interface StudyState {
  /** Why work waits for a person, by what waits: a provider, `budget`, `paused`. */
  readonly waiting: ReadonlyMap<string, string>;
  /** A line for each failed arm. */
  readonly failedArms: readonly string[];
  /** That the disk of the home is nearly full, as a line. */
  readonly disk?: string | undefined;
}

export const NOTHING_SEEN: StudyState = { waiting: new Map(), failedArms: [] };

/** A reason that changes its words is told again only when what waits is another. */
export function noticesBetween(study: string, before: StudyState, now: StudyState): Notice[] {
  const notice = (event: Notice['event'], message: string): Notice => ({ study, event, message });
  const begun = [...now.waiting].filter(([subject]) => !before.waiting.has(subject));
  const ended = [...before.waiting.keys()].filter((subject) => !now.waiting.has(subject));
  return [
    ...begun.map(([, reason]) => notice('waiting', `Study ${study}: ${reason}`)),
    ...ended.map((subject) => notice('continues', `Study ${study} continues: ${subject} no longer waits.`)),
    ...now.failedArms
      .filter((line) => !before.failedArms.includes(line))
      .map((line) => notice('arm failed', `Study ${study}: ${line}`)),
    ...(now.disk !== undefined && before.disk === undefined ? [notice('disk', `Study ${study}: ${now.disk}`)] : []),
  ];
}
