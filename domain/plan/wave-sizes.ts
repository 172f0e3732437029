/** The first wave plans the target; small ones follow, so that little more than needed is paid for. */
export function waveSizes(target: number, count: number, wave: number): number[] {
  const sizes = [Math.min(target, count)];
  for (let left = count - target; left > 0; left -= wave) sizes.push(Math.min(wave, left));
  return sizes;
}
