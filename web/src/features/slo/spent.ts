// What spent a budget, as rows that add up to what is spent, and whose events did, as shares beside those of the traffic. Pure.
import type { Deploy, SloSpend, SpendIncident, SpendValue } from "@/api/model";

/** Time that spent some of the budget: an hour, or several in a row of the same incidents. */
export interface Stretch {
  from: string;
  to: string;
  hours: number;
  bad: number;
  total: number;
  /** Of the whole budget; null where nothing is allowed. */
  share: number | null;
  incidents: readonly SpendIncident[];
}

/** What is spent beside the stretches. Below zero where unmeasured time weighs less over the window than hour by hour. */
export interface Rest {
  bad: number;
  share: number | null;
  secs: number;
}

export interface Spent {
  /** The most costly first. */
  stretches: readonly Stretch[];
  /** Hours in all stretches, and what they spent. */
  hours: number;
  share: number | null;
  rest: Rest | null;
  bad: number;
  all: number | null;
}

/** Below this part of what is spent, a rest is what rounding leaves. */
const ROUNDING = 1e-9;

export function spentOf(spend: Pick<SloSpend, "from" | "to" | "allowed" | "spent" | "hours">): Spent {
  const bad = spend.spent ?? 0;
  const shareOf = (part: number) => (spend.allowed ? part / spend.allowed : null);
  const told = spend.hours.reduce((sum, hour) => sum + hour.bad, 0);
  const secs = spend.hours.reduce((sum, hour) => sum - secsOf(hour), secsOf(spend));
  const left = bad - told;
  return {
    stretches: joined(spend.hours).sort((a, b) => b.bad - a.bad || Date.parse(b.from) - Date.parse(a.from)),
    hours: spend.hours.length,
    share: shareOf(told),
    rest: Math.abs(left) <= ROUNDING * Math.max(1, bad) ? null : { bad: left, share: shareOf(left), secs },
    bad,
    all: shareOf(bad),
  };
}

/** Hours in a row are one stretch where the same incidents were open in all of them. */
function joined(hours: SloSpend["hours"]): Stretch[] {
  const found: Stretch[] = [];
  for (const hour of [...hours].sort((a, b) => Date.parse(a.from) - Date.parse(b.from))) {
    const last = found.at(-1);
    if (last !== undefined && last.to === hour.from && isOfSame(last.incidents, hour.incidents)) {
      found[found.length - 1] = {
        ...{ from: last.from, to: hour.to, hours: last.hours + 1, incidents: last.incidents },
        ...{ bad: last.bad + hour.bad, total: last.total + hour.total },
        share: last.share === null || hour.budget_share === null ? null : last.share + hour.budget_share,
      };
    } else {
      const { from, to, bad, total, budget_share: share, incidents } = hour;
      found.push({ from, to, hours: 1, bad, total, share, incidents });
    }
  }
  return found;
}

function isOfSame(a: readonly SpendIncident[], b: readonly SpendIncident[]): boolean {
  return a.length > 0 && a.length === b.length && a.every((each) => b.some(({ id }) => id === each.id));
}

export function secsOf({ from, to }: { from: string; to: string }): number {
  return (Date.parse(to) - Date.parse(from)) / 1000;
}

/** Those that began to go out in a stretch, the first one first. */
export function deploysIn({ from, to }: Stretch, deploys: readonly Deploy[]): Deploy[] {
  const at = (time: string) => Date.parse(time);
  return deploys
    .filter(({ time }) => at(from) <= at(time) && at(time) < at(to))
    .sort((a, b) => at(a.time) - at(b.time));
}

/** How many values an answer has at most. */
const VALUES_MOST = 20;

export interface ValueRow extends SpendValue {
  /** Of its own events; null where it has none. */
  failing: number | null;
  /** Of all failures that are told, and of all events. */
  ofFailures: number | null;
  ofTraffic: number | null;
}

export interface Values {
  rows: readonly ValueRow[];
  bad: number;
  total: number;
  /** Whether there may be further values, so that shares are of those that are told. */
  more: boolean;
}

export function valuesOf(values: readonly SpendValue[]): Values {
  const bad = values.reduce((sum, each) => sum + each.bad, 0);
  const total = values.reduce((sum, each) => sum + each.total, 0);
  const share = (part: number, whole: number) => (whole === 0 ? null : part / whole);
  const rows = values.map((each) => ({
    ...each,
    failing: share(each.bad, each.total),
    ofFailures: share(each.bad, bad),
    ofTraffic: share(each.total, total),
  }));
  return { rows, bad, total, more: values.length >= VALUES_MOST };
}
