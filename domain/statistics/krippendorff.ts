/** Krippendorff's alpha for nominal values (2011): agreement of any number of judges beyond chance, with gaps. */

/**
 * `add` takes the ratings of one unit; a judge who did not rate it is left out. Units with fewer than two ratings
 * cannot be paired and do not count. Alpha is null where nothing can be paired or where only one value occurs, since
 * chance alone would agree.
 */
export class AlphaTally {
  /** How often each value occurs among paired ratings. */
  private readonly totals = new Map<number, number>();
  private disagreeing = 0;
  private ratings = 0;
  private agreeing = 0;
  private pairs = 0;

  add(ratings: readonly number[]): void {
    const count = ratings.length;
    if (count < 2) return;
    const here = new Map<number, number>();
    for (const value of ratings) here.set(value, (here.get(value) ?? 0) + 1);
    for (const [value, times] of here) {
      this.totals.set(value, (this.totals.get(value) ?? 0) + times);
      this.disagreeing += (times * (count - times)) / (count - 1);
      this.agreeing += (times * (times - 1)) / 2;
    }
    this.ratings += count;
    this.pairs += (count * (count - 1)) / 2;
  }

  /** Share of the pairs of ratings of one unit that are equal. */
  raw(): number | null {
    return this.pairs === 0 ? null : this.agreeing / this.pairs;
  }

  alpha(): number | null {
    const expected = [...this.totals.values()].reduce((sum, times) => sum + times * (this.ratings - times), 0);
    return expected === 0 ? null : 1 - (this.disagreeing * (this.ratings - 1)) / expected;
  }
}
