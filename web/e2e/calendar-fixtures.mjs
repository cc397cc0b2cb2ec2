// Periods of a calendar among the fixtures, moved to those of the present: a month stays a month. And how their budgets
// went. It must never be part of the product.
import { now } from "./clock.mjs";

const TOKYO_MS = 9 * 3_600_000;

/** Gives each window of the calendar the period of Tokyo's months that is going on. */
export function inCalendar(answer) {
  for (const slo of answer.slos)
    for (const objective of slo.objectives)
      for (const window of objective.windows) if (!window.rolls) Object.assign(window, period(window));
  return answer;
}

/** How the budget of an SLO went over its window, to what is left of it now: in steps, as slices and rare failures do. */
export function wayOfBudget(answer, slo) {
  const [window] = (slo.composite ?? slo.objectives[0]).windows;
  const points = answer.points.filter((point) => point.time >= window.from);
  const last = points.length - 1;
  const spentAt = (n) => (1 - window.budget_remaining) * (Math.floor((n / last) * 6) / 6);
  const moved = points.map((point, n) => ({ ...point, budget_remaining: 1 - spentAt(n) }));
  return { ...answer, points: moved };
}

function period({ window }) {
  const [, count, year, month] = /^(\d+)M from (\d{4})-(\d\d)-01 in Asia\/Tokyo$/.exec(window).map(Number);
  const at = new Date(now() + TOKYO_MS);
  const since = (at.getUTCFullYear() - year) * 12 + at.getUTCMonth() - (month - 1);
  const number = Math.floor(since / count);
  const boundary = (n) => new Date(Date.UTC(year, month - 1 + n * count) - TOKYO_MS).toISOString();
  return { from: boundary(number), ends: boundary(number + 1) };
}
