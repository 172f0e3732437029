import { readFileSync } from 'node:fs';
import type { FaultsInput } from './faults.ts';

/** Reads faults from JSON text if it begins with a brace, else from the file of that name. Does not check them. */
export const readFaults = (given: string | undefined): FaultsInput =>
  given === undefined
    ? {}
    : (JSON.parse(given.trimStart().startsWith('{') ? given : readFileSync(given, 'utf8')) as FaultsInput);
