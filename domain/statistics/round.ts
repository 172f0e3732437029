/** Rounds to the fourth decimal: numbers from random draws are no more exact, and results stay small. Never -0. */
export const round4 = (value: number): number => Math.round(value * 1e4) / 1e4 + 0;
