import { UserError } from '../../contracts/failures.ts';

/** What was given to an option. */
export function readNumber(option: string, text: string): number {
  const number = text.trim() === '' ? Number.NaN : Number(text);
  if (Number.isFinite(number)) return number;
  throw new UserError(`${option} ${text} is not a number.`, `As in \`${option} 250\`.`);
}
