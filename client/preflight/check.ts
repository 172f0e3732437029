/** What is looked at before a study costs money: each check is one file, and one line in `checks.ts`. */
import type { ActivityContext } from '../../activities/shared/activity-context.ts';
import type { Home } from '../../infra/home/open-home.ts';
import type { PlannedStudy } from '../study-file/read-study.ts';

export interface Finding {
  /** What was looked at, as `teacher openai/gpt-5.2` or `disk`. */
  readonly subject: string;
  readonly state: 'ok' | 'warning' | 'failed';
  /** What was found. */
  readonly found: string;
  /** What to do, where it is not ok. */
  readonly remedy?: string;
}

export interface CheckInput {
  readonly planned: PlannedStudy;
  readonly home: Home;
  readonly context: ActivityContext;
  readonly signal: AbortSignal;
}

/** Never throws for what it finds; what it throws is an error of its own. */
export type Check = (input: CheckInput) => Promise<readonly Finding[]>;
