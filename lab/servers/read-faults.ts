import { readFileSync } from 'node:fs';
import type { FaultsInput } from './faults.ts';

/** JSON when it looks like an object, else the path of a file with JSON. */
export const readFaults = (given: string | undefined): FaultsInput =>
  given === undefined
    ? {}
    : (JSON.parse(given.trimStart().startsWith('{') ? given : readFileSync(given, 'utf8')) as FaultsInput);
