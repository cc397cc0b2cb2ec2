// Steps of a series that are over and the one that is not. Pure but for the clock given to it.

/**
 * Whether a step was over when its numbers were read. The server aligns a range outward, so the last step of a range
 * that ends now holds only part of its events: divided by its whole length they are too few.
 */
export function isWhole(time: string, stepSecs: number, readMs: number): boolean {
  return Date.parse(time) + stepSecs * 1000 <= readMs;
}

/** When an answer was read; one that is shown in place of another, and so has no time of its own, counts as read now. */
export function readAt(updatedMs: number, nowMs: number): number {
  return updatedMs > 0 ? updatedMs : nowMs;
}
