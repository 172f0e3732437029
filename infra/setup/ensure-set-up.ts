import { UserError } from '../../contracts/failures.ts';
import { installMissing, type SetUpResult, type SetUpWanted } from './install-missing.mjs';

/**
 * Installs those of the wanted parts that are missing, in parallel; returns quickly when none is. `report` gets one line
 * when a step begins and one when it ends. Throws a `UserError` that says what a person must correct.
 */
export async function ensureSetUp<const Wanted extends SetUpWanted>(
  wanted: Wanted,
  report: (line: string) => void,
): Promise<SetUpResult<Wanted>> {
  try {
    return await installMissing(wanted, report);
  } catch (error) {
    if (isPlainUserError(error)) throw new UserError(error.message, error.remedy, { cause: error });
    throw error;
  }
}

function isPlainUserError(error: unknown): error is Error & { remedy: string } {
  return error instanceof Error && error.name === 'UserError' && 'remedy' in error;
}
