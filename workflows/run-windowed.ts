/**
 * Runs `work` for every element, starting them in order and at most `window` at a time, until `enough` returns true;
 * the first is always run. Resolves with the number of elements that were run, after all of them have ended. After a
 * failure no more are started, and the promise rejects with that failure once the running ones have ended: a parent
 * that closes earlier would terminate its children.
 */
export async function runWindowed<T>(
  elements: readonly T[],
  window: number,
  work: (element: T) => Promise<void>,
  enough: () => boolean = () => false,
): Promise<number> {
  let taken = 0;
  const failures: unknown[] = [];
  const drain = async (): Promise<void> => {
    while (taken < elements.length && failures.length === 0 && (taken === 0 || !enough()))
      await work(elements[taken++] as T).catch((error: unknown) => failures.push(error));
  };
  await Promise.all(Array.from({ length: Math.min(window, elements.length) }, drain));
  if (failures.length > 0) throw failures[0];
  return taken;
}

/** Whole numbers from `from` up to, not including, `to`. */
export const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);

/** Cuts [from, to) into consecutive parts of at most `size`. */
export function cut(from: number, to: number, size: number): { from: number; to: number }[] {
  const count = Math.ceil((to - from) / size);
  return range(0, count).map((i) => ({ from: from + i * size, to: Math.min(to, from + (i + 1) * size) }));
}
