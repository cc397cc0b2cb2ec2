// Values that nothing bounds from above: where they are known to lie beyond, and how that is said. Pure. It must never make
// a number of them.

export interface Known {
  values: readonly (number | null)[];
  /** Where a value is not known but lies above a number: that number. */
  above?: readonly (number | null)[];
}

/** A stretch of steps, the last one included. */
export interface Stretch {
  from: number;
  to: number;
  above: number;
}

/** The stretches of steps that lie above one and the same number. */
export function openStretches({ above = [] }: Known): Stretch[] {
  const found: Stretch[] = [];
  above.forEach((number, step) => {
    if (number === null) return;
    const last = found.at(-1);
    if (last !== undefined && last.to === step - 1 && last.above === number) last.to = step;
    else found.push({ from: step, to: step, above: number });
  });
  return found;
}

/** How long a value holds: the chart's own step, else the distance of its first two times; nothing where there is one. */
export function stepOf(times: readonly number[], stepSecs: number | undefined): number {
  const [first, second] = times;
  return stepSecs ?? (first === undefined || second === undefined ? 0 : second - first);
}

/** Where arrows stand that are `apart` from each other between two places: one at least, none beyond the edge. */
export function arrowPlaces(left: number, right: number, edge: number, apart: number): number[] {
  const end = Math.min(right, edge);
  const count = Math.max(1, Math.floor((end - left) / apart));
  return Array.from({ length: count }, (_, arrow) => left + ((end - left) * (arrow + 0.5)) / count);
}

export function isKnown(line: Known, step: number): boolean {
  return line.values[step] != null || line.above?.[step] != null;
}

/** The last step of which anything is known; −1 where nothing is. */
export function lastStep(line: Known): number {
  for (let step = line.values.length - 1; step >= 0; step -= 1) if (isKnown(line, step)) return step;
  return -1;
}

/** What is known of a step, as text; `none` where nothing is. */
export function toldAt(line: Known, step: number, format: (value: number) => string, none: string): string {
  const value = line.values[step];
  if (value != null) return format(value);
  const above = line.above?.[step];
  return above == null ? none : `> ${format(above)}`;
}
