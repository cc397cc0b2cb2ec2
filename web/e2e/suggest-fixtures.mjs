// What the fixtures know of targets: a past of a few numbers, held against the ladder. It must never be part of the product.
//
// Of `mail` nothing was counted; most of `payment` fails; of the endpoint `orders process` little came, in the last two days;
// everything else is a busy shop. What is made in a run stays until its end.
import { now } from "./clock.mjs";

const TARGETS = [0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999, 0.99995, 0.99999];
const DAY_MS = 86_400_000;
const iso = (ms) => new Date(Math.floor(ms / 60_000) * 60_000).toISOString().replace(".000Z", "Z");
const made = new Set();

export function isMade(name) {
  return made.has(name);
}

function ladder({ good, bad, coverage = 1, unknown = 0 }, days, windowDays) {
  const short = days < windowDays;
  const windows = short ? 1 : days - windowDays + 1;
  const events = Math.floor(((good + bad) * windowDays) / days);
  const targets = TARGETS.map((target) => rung(target, { events, share: bad / (good + bad), windows }));
  const fits = (each) => each.verdict === "kept_with_room" && each.allowed >= 10;
  const recommended = targets.findLastIndex(fits);
  return {
    ...{ good, bad, unknown, coverage, windows, short, events, inverted: bad > good, targets },
    recommended: recommended === -1 ? null : recommended,
  };
}

function rung(target, { events, share, windows }) {
  const allowance = Number((1 - target).toFixed(6));
  const [burn, allowed] = [share / allowance, Math.floor(events * allowance + 1e-9)];
  const verdict = allowed < 1 ? "untestable" : burn > 1 ? "broken" : burn <= 0.75 ? "kept_with_room" : "kept";
  return {
    ...{ target, verdict, allowed, least_left: 1 - burn },
    breached: burn > 1 ? Math.max(1, Math.floor(windows * 0.6)) : 0,
    events_for_one: Math.round(1 / allowance),
    events_for_confidence: Math.ceil(Math.log(0.05) / Math.log(target)),
    pages: Math.min(21, Math.floor(burn / 2)),
    tickets: burn > 0.5 ? 2 : 0,
    held_back: burn > 10 ? 3 : 0,
  };
}

const nothing = { within_ms: null, objective: null, label: null, target: null, chosen: false };

/** What was: all days that were asked for, but of little only two. */
function past(service, endpoint, days) {
  if (service === "mail") return { days, counts: null };
  if (service === "payment") return { days, counts: { good: 197, bad: 1228, unknown: 4 } };
  if (endpoint === "orders process") return { days: 2, counts: { good: 160, bad: 1, coverage: 0.6153 } };
  return { days, counts: { good: 44_236 * days, bad: 21 * days } };
}

function requests(service, endpoint, days, windowDays) {
  const { days: long, counts } = past(service, endpoint, days);
  const availability = {
    ...{ ...nothing, kind: "availability", chosen: true },
    ladder: counts && ladder(counts, long, windowDays),
  };
  if (counts === null || counts.bad > counts.good) return { long, candidates: [availability] };
  const slow = { 100: 0.21, 200: 0.032, 300: 0.0035, 500: 0.0006, 1000: 0 };
  const latencies = Object.entries(slow).map(([within, share]) => {
    const bad = Math.round(counts.good * share);
    return {
      ...{ ...nothing, kind: "latency", within_ms: Number(within), chosen: within === "300" },
      ladder: ladder({ ...counts, good: counts.good - bad, bad }, long, windowDays),
    };
  });
  return { long, candidates: [availability, ...latencies] };
}

function objectives({ objectives: all }, days, windowDays) {
  const candidates = all.map((objective, place) => ({
    ...{ ...nothing, kind: "objective", objective: place, chosen: true },
    ...{ label: objective.display_name || String(objective.target), target: objective.target },
    ladder: ladder({ good: 1_203 * days, bad: 2 * days }, days, windowDays),
  }));
  return { long: days, candidates };
}

export function suggestions(query, sloOf) {
  const days = Number(query.get("days") ?? 28);
  const windowDays = Number(query.get("window_days") ?? 28);
  const slo = query.get("slo") === null ? null : sloOf(query.get("slo"));
  if (slo === undefined) return undefined;
  const { long, candidates } =
    slo === null
      ? requests(query.get("service"), query.get("endpoint"), days, windowDays)
      : objectives(slo, days, windowDays);
  const to = now();
  return {
    ...{ from: iso(to - long * DAY_MS), to: iso(to), window_days: windowDays, candidates },
    ...{ next_cursor: null, warnings: [], partial: false, sampled: null },
  };
}

/** A definition under a name that is free. */
export function draft(query) {
  const [service, endpoint] = [query.get("service"), query.get("endpoint") ?? ""];
  const kind = query.has("within_ms") ? "latency" : "availability";
  const words = [service, endpoint, kind].join("-").toLowerCase();
  const base = words.replace(/[^a-z0-9]+/g, "-");
  let name = base;
  for (let number = 2; made.has(name); number += 1) name = `${base}-${number}`;
  const noted = ["owner", "notify"].filter((key) => query.has(key));
  const annotations = noted.map((key) => `    ippo.dev/${key}: ${JSON.stringify(query.get(key))}\n`).join("");
  const definition = `apiVersion: openslo/v1
kind: SLO
metadata:
  name: ${name}
  annotations:
${annotations}    ippo.dev/review: "2127-02-21"
spec:
  service: ${JSON.stringify(service)}
  timeWindow:
    - duration: ${query.get("window_days")}d
      isRolling: true
  budgetingMethod: Occurrences
  objectives:
    - target: ${query.get("target")}
`;
  return { name, definition };
}

export function apply({ files, dry_run: isDry = false }) {
  const [{ path, text }] = files;
  const name = /^ {2}name: (.+)$/m.exec(text)?.[1];
  if (/owner: "[^"]{65,}"/.test(text)) {
    const message = "is longer than 64 bytes";
    const field = "metadata.annotations.ippo.dev/owner";
    const errors = [{ file: path, line: 6, column: 21, field, message }];
    const detail = "One thing is wrong with the definitions; nothing was changed.";
    return {
      status: 422,
      body: { type: "/problems/invalid", title: "Not valid", status: 422, detail, errors },
    };
  }
  const action = made.has(name) ? "update" : "create";
  if (!isDry) made.add(name);
  const plan = [{ action, kind: "SLO", name, changes: [] }];
  const warnings = ["not in the files, and kept (--prune deletes them): checkout-succeeds"];
  return { status: 200, body: { applied: !isDry, plan, warnings } };
}
