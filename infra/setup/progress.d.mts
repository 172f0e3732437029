export interface Step {
  <T>(name: string, what: string, work: () => Promise<T>): Promise<T>;
  attempt(name: string, what: string, work: () => Promise<unknown>): Promise<string | undefined>;
  note(text: string): void;
  wait(name: string): void;
}

/** `stillMs`: how often a long step reports that it is still running. */
export function createSteps(report: (line: string) => void, options?: { stillMs?: number }): Step;
