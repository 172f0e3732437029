/** Finds the folder that a model's name means: releases write slashes, colons and capitals in their own ways. */
const simplify = (name: string): string => name.toLowerCase().replace(/[^\p{L}\p{N}.]+/gu, '-');

/** The name itself, else the only one that differs in nothing but case and separators. */
export function matchName(wanted: string, names: readonly string[]): string | undefined {
  if (names.includes(wanted)) return wanted;
  const alike = names.filter((name) => simplify(name) === simplify(wanted));
  return alike.length === 1 ? alike[0] : undefined;
}
