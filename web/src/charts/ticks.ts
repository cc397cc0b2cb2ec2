// How far an axis goes and how exact its numbers must be. Pure.
const DECIMALS_MOST = 6;
/** The share of an axis that stays free above what is drawn, and below what is less than zero. */
const ROOM = 0.08;

/** From the lowest to the highest value with some room; a line that never leaves zero stands on an axis up to one. */
export function yRange(
  low: number,
  high: number,
  { fromZero, rule }: { fromZero: boolean; rule?: number | undefined },
): [number, number] {
  const bottom = Math.min(fromZero ? 0 : low, rule ?? low, low);
  const highest = Math.max(high, rule ?? high);
  const top = highest > bottom ? highest : bottom + 1;
  const room = (top - bottom) * ROOM;
  return [bottom < 0 ? bottom - room : bottom, top + room];
}

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
