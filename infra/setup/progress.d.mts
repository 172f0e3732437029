export interface Step {
  <T>(name: string, what: string, work: () => Promise<T>): Promise<T>;
  attempt(name: string, what: string, work: () => Promise<unknown>): Promise<string | undefined>;
  note(text: string): void;
  wait(name: string): void;
}

/** `stillMs`: how often a step that goes on says so. */
export function createSteps(report: (line: string) => void, options?: { stillMs?: number }): Step;
