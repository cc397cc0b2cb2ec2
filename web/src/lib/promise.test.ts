import i18next from "i18next";
import { beforeAll, describe, expect, it } from "vitest";
import type { Slo } from "@/api/model";
import en from "@/locales/en.json";
import fixture from "../../e2e/fixtures/slos.json";
import { makeFormat } from "./format";
import { budgetLeft, bySpent, countsIncreases, digitsFor, proseDigits, verdict } from "./promise";

const f = makeFormat("en", "utc", "–");
const slos = fixture.slos as unknown as Slo[];
const named = (name: string) => slos.find((slo) => slo.name === name) as Slo;
const say = (slo: Slo) => verdict(slo, i18next.t, f).replace(/[\u202f\u00a0]/g, " ");

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
    "no_data",
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
  const sli = { ...named("orders-500ms").sli, signal: "metrics" as const };
  expect(countsIncreases(named("orders-500ms"))).toBe(false);
  expect(countsIncreases({ sli: { ...sli, kind: "ratio" } })).toBe(true);
  expect(countsIncreases({ sli: { ...sli, kind: "threshold", value: "distribution" } })).toBe(true);
  expect(countsIncreases({ sli: { ...sli, kind: "threshold", value: "value" } })).toBe(false);
});
