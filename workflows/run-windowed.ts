/** Runs `work` for every element, at most `window` at a time, in order of start. Rejects with the first failure. */
export async function runWindowed<T>(
  elements: readonly T[],
  window: number,
  work: (element: T) => Promise<void>,
): Promise<void> {
  const waiting = elements[Symbol.iterator]();
  const drain = async (): Promise<void> => {
    for (let next = waiting.next(); !next.done; next = waiting.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: Math.min(window, elements.length) }, drain));
}

/** Whole numbers from `from` up to, not including, `to`. */
export const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);

/** Cuts [from, to) into runs of at most `size`. */
export function cut(from: number, to: number, size: number): { from: number; to: number }[] {
  const count = Math.ceil((to - from) / size);
  return range(0, count).map((i) => ({ from: from + i * size, to: Math.min(to, from + (i + 1) * size) }));
}
