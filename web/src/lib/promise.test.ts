import i18next from "i18next";
import { beforeAll, describe, expect, it } from "vitest";
import type { Burn, Objective, Slo, SloWindow } from "@/api/model";
import en from "@/locales/en.json";
import fixture from "../../e2e/fixtures/slos.json";
import { makeFormat } from "./format";
import {
  budgetCount,
  budgetLeft,
  bySpent,
  countsIncreases,
  digitsFor,
  exhaustsAt,
  hourBurn,
  proseDigits,
  reviewIsDue,
  verdict,
} from "./promise";

const f = makeFormat("en", "utc", "–");
const slos = fixture.slos as unknown as Slo[];
const named = (name: string) => slos.find((slo) => slo.name === name) as Slo;
const say = (slo: Slo) => verdict(slo, i18next.t, f).replace(/[\u202f\u00a0]/g, " ");

/** The same SLO with something else about its one objective and that one's own window. */
function changed(name: string, objective: Partial<Objective>, window: Partial<SloWindow>): Slo {
  const slo = named(name);
  const [first] = slo.objectives as [Objective];
  const windows = [{ ...(first.windows[0] as SloWindow), ...window }];
  return { ...slo, objectives: [{ ...first, ...objective, windows }] };
}

const november = {
  window: "1M from 2026-01-01 in Asia/Tokyo",
  rolls: false,
  from: "2026-10-31T15:00:00Z",
  ends: "2026-11-30T15:00:00Z",
};

beforeAll(() => i18next.init({ lng: "en", resources: { en: { translation: en } } }));

describe("the verdict on a promise", () => {
  it("says how much was kept and how much is left", () => {
    expect(say(named("orders-500ms"))).toBe(
      "99 % is promised over 30 days; 99.62 % was kept. 62 % of the error budget is left, or 3,811 more failures. At this rate it lasts.",
    );
  });

  it("says by how much the budget is overspent, as a share and as failures", () => {
    expect(say(named("checkout-succeeds"))).toContain("overspent by 62 %: 1,428 failures more than allowed");
  });

  it("names a month of the calendar, and counts its slices as slices", () => {
    expect(say(named("checkout-month"))).toBe(
      "99.5 % of slices of 5 min is promised for November 2026; 99.82 % was kept so far. 72 % of the error budget is left: 12 of 43 bad slices of 5 min are used. At this rate it lasts.",
    );
    const over = { budget_remaining: -0.25, budget_events_remaining: -11 };
    expect(say(changed("checkout-month", {}, over))).toContain(
      "overspent by 25 %: 54 bad slices of 5 min, where 43 are allowed.",
    );
    expect(say(changed("checkout-month", {}, { attained: null, budget_remaining: null }))).toContain(
      "promised for November 2026; nothing has been measured of it yet.",
    );
  });

  it("says that a budget of events in a period of the calendar is that of the traffic so far", () => {
    expect(say(changed("orders-500ms", {}, november))).toContain(
      "99 % is promised for November 2026; 99.62 % was kept so far. 62 % of the error budget of the traffic so far is left, or 3,811 more failures.",
    );
    expect(say(changed("checkout-succeeds", {}, november))).toContain(
      "of the traffic so far is overspent by 62 %: 1,428 failures more than it allows.",
    );
  });

  it("gives no count of slices where their shares are what counts", () => {
    const text = say(changed("orders-500ms", { slices: { secs: 3600, target: null } }, {}));
    expect(text).toContain("99 % as the mean of slices of 1 h is promised over 30 days");
    expect(text).toContain("62 % of the error budget is left. At this rate");
  });

  it("says that a page is only held, and that one is not told for so few failures", () => {
    const slo = named("checkout-succeeds");
    const [objective] = slo.objectives as [Objective];
    const burn = objective.burn.map((pair: Burn) => ({ ...pair, held: pair.firing }));
    const held = say(changed("checkout-succeeds", { burn }, {}));
    expect(held).toContain("cannot resolve while part of its short window is unmeasured");
    expect(held).not.toContain("times as fast");
    expect(say(named("partner-feed"))).toMatch(/so few failures that they may be chance/);
    expect(say(slo)).not.toMatch(/chance|resolve/);
  });

  it("says nothing of pace while stored data is still being counted", () => {
    for (const slo of slos) {
      const filling = { ...slo, backfilling: true };
      expect(say(filling)).not.toMatch(/rate|pace|times as fast|gone by|lasts|chance/);
      expect([hourBurn(filling), exhaustsAt(filling)]).toEqual([null, null]);
    }
    expect(say({ ...named("checkout-succeeds"), backfilling: true })).toContain(
      "A page has gone out, and cannot resolve while stored data is still being counted.",
    );
    expect(exhaustsAt(named("search-300ms"))).not.toBeNull();
  });

  it("says when it will be gone", () => {
    expect(say(named("search-300ms"))).toMatch(/At this rate it is gone by /);
  });

  it("makes no number of what was not measured", () => {
    const text = say(named("mail-sent"));
    expect(text).toContain("nothing has been measured");
    expect(text).not.toMatch(/NaN|\b0 %|100 %/);
    expect(budgetLeft(named("mail-sent"))).toBeNull();
  });
});

it("puts the worst first and what nobody knows before what is fine", () => {
  expect([...slos].sort(bySpent).map((slo) => slo.state)).toEqual([
    "critical",
    "rising",
    "rising",
    "no_data",
    "fine",
    "fine",
    "fine",
    "fine",
  ]);
});

it("shows enough digits to tell what was attained from the target", () => {
  expect(digitsFor(0.999)).toBe(3);
  expect(digitsFor(0.99999)).toBe(5);
  expect(digitsFor(0.95)).toBe(2);
});

it("says in a sentence no more digits than mean something, and never rounds up to the target", () => {
  const said = (attained: number, target: number) =>
    f.percent(attained, proseDigits(attained, target)).replace("\u202f", " ");
  expect(said(0.97101, 0.999)).toBe("97.1 %");
  expect(said(0.99954, 0.999)).toBe("99.954 %");
  expect(said(0.998999, 0.999)).toBe("99.89 %");
  expect(said(0.9999962, 0.99)).toBe("99.99 %");
  expect(said(0.62, 0.95)).toBe("62 %");
  expect(said(1, 0.999)).toBe("100 %");
});

it("never makes a kept promise look broken, nor a broken one kept", () => {
  expect(f.percent(0.879, proseDigits(0.879, 0.875)).replace("\u202f", " ")).toBe("87.9 %");
  for (const target of [0.5, 0.75, 0.875, 0.9, 0.955, 0.99, 0.999, 0.9995, 0.99999]) {
    for (const off of [-0.3, -0.05, -1e-3, -1e-5, -1e-9, 0, 1e-9, 1e-5, 4e-3, 0.05]) {
      const attained = Math.min(1, target + off);
      const shown = Number.parseFloat(f.percent(attained, proseDigits(attained, target)));
      const promised = Number.parseFloat(f.percent(target, 6));
      expect([target, attained, shown >= promised]).toEqual([target, attained, attained >= target]);
    }
  }
});

it("knows which promises have single events behind them", () => {
  const sli = { ...(named("orders-500ms").sli as NonNullable<Slo["sli"]>), signal: "metrics" as const };
  expect(countsIncreases(named("orders-500ms"))).toBe(false);
  expect(countsIncreases({ sli: { ...sli, kind: "ratio" } })).toBe(true);
  expect(countsIncreases({ sli: { ...sli, kind: "threshold", value: "distribution" } })).toBe(true);
  expect(countsIncreases({ sli: { ...sli, kind: "threshold", value: "value" } })).toBe(false);
});

it("gives a budget in whole numbers only where these say what the share says", () => {
  const [window] = (named("checkout-month").objectives[0] as Objective).windows as [SloWindow];
  expect(budgetCount(window)).toEqual({ allowed: 43, spent: 12, left: 31 });
  const fractions = { budget_events_allowed: 0, budget_events_remaining: -1, budget_remaining: 0.55 };
  expect(budgetCount({ ...window, ...fractions })).toBeNull();
  expect(budgetCount({ ...window, budget_remaining: null })).toBeNull();
});

it("knows when a review is due", () => {
  expect(reviewIsDue({ review_on: "2026-10-01" }, "2026-09-30")).toBe(false);
  expect(reviewIsDue({ review_on: "2026-10-01" }, "2026-10-01")).toBe(true);
  expect(reviewIsDue({ review_on: "2026-10-01" }, "2027-01-01")).toBe(true);
  expect(reviewIsDue({ review_on: null }, "2026-10-01")).toBe(false);
});

describe("a composite SLO", () => {
  const plain = named("checkout-succeeds");
  const [first] = plain.objectives as [Objective];
  const window = first.windows[0] as SloWindow;
  const composite = (budget_remaining: number | null): Slo => ({
    ...plain,
    state: "fine",
    sli: null,
    exhausts_at: null,
    objectives: [first, first],
    composite: {
      windows: [
        {
          window: window.window,
          rolls: window.rolls,
          from: window.from,
          to: window.to,
          ends: window.ends,
          budget_spent: budget_remaining === null ? null : 1 - budget_remaining,
          budget_remaining,
          parts: [],
        },
      ],
      hour_burn: 0.5,
      burn: [],
      burn_omitted: [],
    },
  });

  it("speaks of the one budget that its parts share, and of no share of good events", () => {
    expect(say(composite(0.375))).toMatch(/^2 parts share one error budget over 30 days\. .*38 %.* left/);
    expect(say(composite(-0.1))).toMatch(/10 %/);
    expect(say(composite(0))).toContain("spent");
    expect(say(composite(null))).not.toContain("%");
  });

  it("has the budget and the burn of the whole, not of the part that stands worst", () => {
    expect(budgetLeft(composite(0.375))).toBe(0.375);
    expect(hourBurn(composite(0.375))).toBe(0.5);
  });
});
