// How the months of the SLOs among the fixtures went: one that goes on, one that is as it was when it was closed, one of which more
// came later, and one from before the SLO. It must never be part of the product.
import { now } from "./clock.mjs";

const TOKYO_MS = 9 * 3_600_000;
const PAGE = { next_cursor: null, warnings: [], partial: false, sampled: null };
const iso = (ms) => new Date(ms).toISOString().replace(".000Z", "Z");

/** Midnight in Tokyo on the first of the month that began so many months ago. */
function month(ago) {
  const at = new Date(now() + TOKYO_MS);
  return Date.UTC(at.getUTCFullYear(), at.getUTCMonth() - ago, 1) - TOKYO_MS;
}

/** A composite SLO as a whole: it promises and attains nothing by itself. */
function whole(left, coverage) {
  const none = { target: null, attained: null, allowed: null, spent: null };
  const counts = { good: 1_000_000, bad: 500, unknown: 0 };
  return { ...none, ...counts, kept: left >= 0, budget_remaining: left, coverage, excluded_secs: 0 };
}

export function history(slo, query) {
  const isWhole = slo.composite !== null && !query.has("objective");
  const { display_name: name, target } = isWhole ? slo : slo.objectives[Number(query.get("objective") ?? 0)];
  const result = (left, coverage = 1) => {
    if (isWhole) return whole(left, coverage);
    const bad = Math.round(1000 * (1 - left));
    const total = Math.round(1000 / (1 - target));
    const numbers = {
      attained: 1 - bad / total,
      kept: left >= 0,
      allowed: 1000,
      spent: bad,
      budget_remaining: left,
    };
    return {
      target: String(target),
      ...numbers,
      good: total - bad,
      bad,
      unknown: 0,
      coverage,
      excluded_secs: 0,
    };
  };
  const period = (ago, known, closed) => ({
    ...{ from: iso(month(ago)), to: iso(month(ago - 1)), running: ago === 0, now: known, closed },
    closed_at: closed === null ? null : iso(month(ago - 1) + 3_600_000),
  });
  const periods = [
    period(0, result(-0.621, 0.998), null),
    period(1, result(0.412), result(0.412)),
    period(2, result(-0.08), result(0.03)),
    period(3, result(0.61, 0.25), null),
  ];
  const told = slo.name === "cart-writes" ? periods.slice(0, 1) : periods;
  return { objective: name || String(target), time_zone: "Asia/Tokyo", periods: told, ...PAGE };
}
