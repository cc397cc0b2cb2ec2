import i18next from "i18next";
import { beforeAll, expect, test } from "vitest";
import type { Sla, SlaPeriod } from "@/api/model";
import { makeFormat } from "@/lib/format";
import en from "@/locales/en.json";
import ja from "@/locales/ja.json";
import { before, running, standing } from "./words";

const f = makeFormat("en", "utc", "–");
/** With plain spaces: those of `Intl` are no matter here. */
const plain = (text: string) => text.replace(/\s/g, " ");

beforeAll(async () => {
  await i18next.init({ lng: "en", resources: { en: { translation: en }, ja: { translation: ja } } });
});

function sla(...periods: Partial<SlaPeriod>[]): Sla {
  const filled = {
    running: false,
    verdict: "kept",
    attained: 0.998,
    failures_left: null,
    counts_slices: false,
  };
  return { target: 0.995, periods: periods.map((period) => ({ ...filled, ...period })) } as unknown as Sla;
}

test("how many more may fail is said where it is known", () => {
  const t = i18next.getFixedT("en");
  const said = (period: Partial<SlaPeriod>) => plain(standing(sla({ running: true, ...period }), t, f));
  expect(said({ failures_left: 1234 })).toBe(
    "Kept so far: 99.8 % attained, 99.5 % promised. 1,234 more failures in a row would still keep it.",
  );
  expect(said({ verdict: "broken", attained: 0.99, failures_left: -7 })).toBe(
    "Not kept so far: 99 % attained, 99.5 % promised. It failed 7 times too often.",
  );
  expect(said({ failures_left: 3, counts_slices: true })).toContain("3 more bad slices of time");
  expect(said({})).toBe("Kept so far: 99.8 % attained, 99.5 % promised.");
  expect(said({ verdict: "unknown", attained: null })).toBe("Nothing was counted in this period yet.");
});

test("an agreement that does not hold now says so", () => {
  expect(standing(sla({}), i18next.getFixedT("ja"), f)).toBe("現在は有効期間外です。");
  expect(standing(sla(), i18next.getFixedT("en"), f)).toBe("It does not hold now.");
});

test("the period that goes on and the one before are told apart", () => {
  const both = sla({ running: true, month: "2026-11" }, { month: "2026-10" });
  expect([running(both)?.month, before(both)?.month]).toEqual(["2026-11", "2026-10"]);
  expect([running(sla({}))?.month, before(sla({ running: true }))]).toEqual([undefined, undefined]);
});
