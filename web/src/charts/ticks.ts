// How exact the numbers of an axis must be. Pure.
const DECIMALS_MOST = 6;

/** The distance between the ticks of an axis; undefined where there is but one. */
export function apartOf(splits: readonly number[]): number | undefined {
  const [first, second] = splits;
  return first === undefined || second === undefined ? undefined : Math.abs(second - first);
}

/** As many decimals as tell one tick from the next: 0.05 needs two, 2.5 one, 10 none. */
export function decimalsFor(apart: number): number {
  for (let digits = 0; digits < DECIMALS_MOST; digits += 1) {
    const scaled = apart * 10 ** digits;
    // Sums of binary fractions miss a whole number by a hair.
    if (Math.round(scaled) >= 1 && Math.abs(scaled - Math.round(scaled)) < 1e-6) return digits;
  }
  return DECIMALS_MOST;
}
