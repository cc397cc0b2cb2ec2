// Sums for bars that stand on each other, and what a drag over them means. Pure.

/** The heights of stacked bars: each layer with all below it. The first layer stands at the bottom. */
export function stacked(layers: readonly (readonly number[])[]): number[][] {
  const heights: number[][] = [];
  for (const layer of layers) {
    const below = heights.at(-1);
    heights.push(layer.map((value, index) => value + (below?.[index] ?? 0)));
  }
  return heights;
}

/** The whole steps between two places on the axis, in Unix seconds; a click is the step that it is in. */
export function dragged(
  from: number,
  to: number,
  times: readonly number[],
  stepSecs: number,
): { from: number; to: number } | null {
  const first = times[0];
  const last = times.at(-1);
  if (first === undefined || last === undefined) return null;
  const floor = (at: number) => first + Math.floor((at - first) / stepSecs) * stepSecs;
  const begin = Math.max(first, floor(Math.min(from, to)));
  const end = Math.min(last, floor(Math.max(from, to))) + stepSecs;
  return end > begin ? { from: begin, to: end } : null;
}
