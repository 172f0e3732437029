import type { Gap } from '../../contracts/outputs/gaps.ts';
import { describeGap } from '../../domain/run/find-gaps.ts';

/** A terminal shows so many; `gaps.json` and the report have all. */
const SHOWN = 12;

/** A line for each gap, and what to do about them. */
export function describeGaps(study: string, gaps: readonly Gap[]): string[] {
  if (gaps.length === 0) return [];
  const rest = gaps.length - SHOWN;
  return [
    ...gaps.slice(0, SHOWN).map((gap) => `MISSING  ${describeGap(gap)}`),
    ...(rest > 0 ? [`MISSING  and ${rest} more: see gaps.json and the report`] : []),
    `         Correct the causes, then try again what failed: \`./etude redo ${study}\`, or --retry-failed with the start command.`,
  ];
}
