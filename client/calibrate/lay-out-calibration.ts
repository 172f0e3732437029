/** Lays out a calibration (the same texts graded under two prompts) as lines for a terminal. */
import type { Calibration, Shift } from '../../domain/comparing/calibrate.ts';
import { alignColumns } from '../terminal/layout.ts';

export interface CalibrateResult extends Calibration {
  readonly study: string;
  readonly grader: string;
  readonly prompts: { readonly own: string; readonly variant: string };
  readonly asked: number;
}

const number = (value: number | null): string => (value === null ? 'n/a' : value.toFixed(3));
const signed = (value: number | null): string => (value !== null && value > 0 ? `+${number(value)}` : number(value));

export function layOutCalibration({ grader, prompts, ...result }: CalibrateResult): string[] {
  const { texts, pairs, unparsable, missing, points, metrics } = result;
  const row = (shift: Shift): string[] => [
    shift.figure,
    number(shift.own),
    number(shift.variant),
    signed(shift.mean),
    shift.ci ? `${signed(shift.ci[0])} to ${signed(shift.ci[1])}` : 'n/a',
    number(shift.agreement),
  ];
  const head = (what: string) => [what, prompts.own, prompts.variant, 'difference', '95 % interval', 'agreement'];
  const table = alignColumns([head('point'), ...points.map(row), head('metric'), ...metrics.map(row)], [1, 2, 3, 4, 5]);
  return [
    `Grader ${grader}: ${prompts.variant} against ${prompts.own}, the same ${pairs} of ${texts} texts`,
    ...table.map((line) => `  ${line}`),
    `Unparsable: ${unparsable.own} under ${prompts.own}, ${unparsable.variant} under ${prompts.variant}. ` +
      `Missing: ${missing.own} and ${missing.variant}.`,
    'Points are as graders gave them; metrics after the rules of the study. Intervals are paired by text.',
  ];
}
