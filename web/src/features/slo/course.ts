// What was left of a budget and what may be, on one axis of time. Pure.
import type { Forecast, SloPoint } from "@/api/model";

export interface Course {
  /** Unix seconds, ascending. */
  times: number[];
  left: (number | null)[];
  low: (number | null)[];
  high: (number | null)[];
}

/** What was counted up to now, and from now on the edges of the range, which begin where it ends. */
export function courseOf(points: readonly SloPoint[], forecast: Forecast | undefined): Course {
  const now = forecast?.points[0];
  const until = now === undefined ? Number.POSITIVE_INFINITY : Date.parse(now.time);
  const was = points.filter((point) => Date.parse(point.time) < until);
  const none = was.map(() => null);
  const ahead = forecast?.points ?? [];
  return {
    times: [...was, ...ahead].map((point) => Date.parse(point.time) / 1000),
    left: [
      ...was.map((point) => point.budget_remaining),
      ...ahead.map((_, n) => (n === 0 ? (now?.middle ?? null) : null)),
    ],
    low: [...none, ...ahead.map((point) => point.low)],
    high: [...none, ...ahead.map((point) => point.high)],
  };
}
