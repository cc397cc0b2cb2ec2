// What spent the budgets of the SLOs among the fixtures, in hours that are full on the clock, and whose events did. It must
// never be part of the product.
import { now } from "./clock.mjs";

const HOUR_MS = 3_600_000;
const iso = (ms) => new Date(ms).toISOString().replace(".000Z", "Z");
const WORDS = {
  en: {
    41: "Checkout succeeds is burning its budget",
    36: "Checkout succeeds: the order service answers with errors",
  },
  ja: {
    41: "Checkout succeeds: エラーバジェットの消費が速すぎます",
    36: "Checkout succeeds: order サービスがエラーを返しています",
  },
};
/** Hours ago, what failed, and the incidents. Two in a row are of one incident. */
const HOURS = {
  "checkout-succeeds": [
    [1, 1204, [41]],
    [500, 302, [36]],
    [501, 118, [36]],
    [90, 61, []],
    [91, 40, []],
    [212, 38, []],
    [333, 31, []],
    [334, 30, []],
    [26, 22, []],
    [600, 19, []],
  ],
  "partner-feed": [[30, 21, []]],
  "checkout-month": [
    [3, 7, []],
    [40, 5, []],
  ],
};
const PAGE = { next_cursor: null, warnings: [], partial: false, sampled: null };

export function spend(slo, query, lang) {
  const place = Number(query.get("objective") ?? 0);
  const { windows, display_name: name, target } = slo.objectives[place];
  const [{ from, to, budget_events_allowed: whole, budget_events_remaining: left, budget_remaining }] =
    windows;
  // What may fail is no whole number, but for slices that were made so.
  const spent = whole === null ? null : whole - left;
  const allowed = whole === null ? null : spent / (1 - budget_remaining);
  const unspent = slo.name === "cart-writes";
  const hour = Math.floor(Date.parse(to) / HOUR_MS) * HOUR_MS;
  const hours = (HOURS[slo.name] ?? []).map(([ago, bad, incidents]) => ({
    from: iso(hour - ago * HOUR_MS),
    to: iso(hour - (ago - 1) * HOUR_MS),
    bad,
    total: bad * 4 + 1000,
    budget_share: bad / allowed,
    incidents: incidents.map((id) => ({ id, title: WORDS[lang][id] })),
  }));
  const judged = unspent ? { spent: 0, remaining: 1 } : { spent, remaining: budget_remaining };
  return { objective: name || String(target), from, to, allowed, ...judged, days: [], hours, ...PAGE };
}

const VALUES = {
  endpoint: [
    ["POST /api/checkout", 1181, 48_210],
    ["POST /api/checkout/confirm/with-a-long-name-that-goes-on", 402, 9_310],
    ["GET /api/checkout/{id}", 12, 98_400],
    [null, 0, 120],
  ],
  version: [
    ["131", 1490, 61_000],
    ["130", 105, 95_040],
  ],
  "attrs['customer.segment']": Array.from({ length: 20 }, (_, n) => [`segment ${n}`, 200 - 10 * n, 8_000]),
};

export function spendBy(slo, query) {
  const by = query.get("by") ?? "endpoint";
  if (by === "nonsense") {
    const detail =
      '"nonsense" is no dimension: it is no column; write endpoint, version, a column such as route, ' +
      "attrs['customer.segment'] or resource['deployment.environment.name']";
    const body = { type: "/problems/bad-request", title: "Refused", status: 400, detail };
    return { problem: { status: 400, body } };
  }
  const [{ budget_events_allowed: allowed }] = slo.objectives[0].windows;
  const share = (bad) => (slo.objectives[0].slices === null ? bad / allowed : null);
  const fine = slo.name === "orders-500ms";
  const values = (VALUES[by] ?? []).map(([value, bad, total]) => {
    const failed = fine ? 0 : bad;
    return { value, bad: failed, total, budget_share: share(failed) };
  });
  const to = now();
  const range = { from: query.get("from") ?? iso(to - 24 * HOUR_MS), to: query.get("to") ?? iso(to) };
  return { ...range, by, values, ...PAGE };
}

/** Two versions, one of which went out in the hour that cost the most. */
export function deploys(query) {
  const to = Date.parse(query.get("to"));
  const common = {
    service: query.get("service"),
    environment: "production",
    by: "ci",
    source: "told",
    url: null,
  };
  const found = [
    { id: "d2", version: "131", time: iso((Math.floor(to / HOUR_MS) - 0.8) * HOUR_MS) },
    { id: "d1", version: "130", time: iso(to - 300 * HOUR_MS) },
  ];
  return {
    from: query.get("from"),
    to: query.get("to"),
    ...PAGE,
    deploys: found.map((each) => ({ ...common, ...each })),
  };
}
