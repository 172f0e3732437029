import { UserError } from '../../contracts/failures.ts';
import type { CheckInput, Finding } from './check.ts';
import { CHECKS } from './checks.ts';

/** All findings, in the order of the checks; `say` gets each as soon as those before it are there. */
export async function runPreflight(input: CheckInput, say: (finding: Finding) => void): Promise<Finding[]> {
  const running = Object.entries(CHECKS).map(([name, check]) =>
    check(input).catch((error: unknown) => [broken(name, error)]),
  );
  const findings: Finding[] = [];
  for (const found of running)
    for (const finding of await found) {
      findings.push(finding);
      say(finding);
    }
  return findings;
}

const broken = (name: string, error: unknown): Finding => ({
  subject: name,
  state: 'failed',
  found: `could not be checked: ${error instanceof Error ? error.message : String(error)}`,
  remedy: error instanceof UserError ? error.remedy : 'Run the command with ETUDE_DEBUG=1, and report it.',
});

const MARKS: Readonly<Record<Finding['state'], string>> = { ok: 'ok      ', warning: 'WARNING ', failed: 'FAILED  ' };

export const describeFinding = ({ subject, state, found, remedy }: Finding): string =>
  `${MARKS[state]} ${subject}: ${found}${state === 'ok' || remedy === undefined ? '' : `. ${remedy}`}`;
