import { describe, expect, it } from '@jest/globals';
import type { LogEntry } from '@temporalio/worker';
import { WorkerLogger } from '../../worker/worker-logger.ts';

const HARMLESS =
  'Activity not found on completion. This may happen if the activity has already been cancelled but completed anyway.';

function logged(level: 'WARN' | 'DEBUG', write: (logger: WorkerLogger) => void): string[] {
  const entries: LogEntry[] = [];
  write(new WorkerLogger(level, (entry) => void entries.push(entry)));
  return entries.map((entry) => `${entry.level} ${entry.message}`);
}

describe("a worker's log", () => {
  it('tells of an activity that nobody waits for any more only to whoever wants to know everything', () => {
    const write = (logger: WorkerLogger): void => {
      logger.log('WARN', HARMLESS);
      logger.warn(HARMLESS);
    };
    expect(logged('WARN', write)).toEqual([]);
    expect(logged('DEBUG', write)).toEqual([`DEBUG ${HARMLESS}`, `DEBUG ${HARMLESS}`]);
  });

  it('tells of everything else as it was told', () => {
    const write = (logger: WorkerLogger): void => {
      logger.warn('Network error while completing activity');
      logger.error(HARMLESS);
      logger.debug('a slot more');
    };
    expect(logged('WARN', write)).toEqual(['WARN Network error while completing activity', `ERROR ${HARMLESS}`]);
  });
});
