// What may be left of the budgets of the SLOs among the fixtures: a range that widens for a week. It must never be part of the
// product.
import { now } from "./clock.mjs";

const STEP_MS = 7 * 3_600_000;
const DAY_MS = 86_400_000;
const POINTS = 24;
const PAGE = { next_cursor: null, warnings: [], partial: false, sampled: null };
const iso = (ms) => new Date(Math.floor(ms / 60_000) * 60_000).toISOString().replace(".000Z", "Z");

/** Nothing is foretold of an SLO of which nothing was counted. */
export function forecast(slo, query) {
  const { windows, display_name: name, target } = slo.objectives[Number(query.get("objective") ?? 0)];
  const left = windows[0].budget_remaining;
  const objective = name || String(target);
  if (left === null || slo.backfilling) return { objective, forecast: null, ...PAGE };
  const at = (n) => ({
    time: iso(now() + n * STEP_MS),
    low: left - 0.03 * n,
    middle: left + 0.005 * n,
    high: left + 0.012 * n + (left < 0 && n > 15 ? 0.6 : 0),
  });
  const points = Array.from({ length: POINTS + 1 }, (_, n) => at(n));
  const spent = left <= 0;
  const first = (edge) => points.find((each) => (spent ? each[edge] > 0 : each[edge] <= 0))?.time ?? null;
  const turn = {
    soonest: first(spent ? "high" : "low"),
    likely: first("middle"),
    latest: first(spent ? "low" : "high"),
  };
  const past = { past_from: iso(now() - 28 * DAY_MS), past_to: iso(now()) };
  return { objective, forecast: { ...past, points, spent, ...turn }, ...PAGE };
}
