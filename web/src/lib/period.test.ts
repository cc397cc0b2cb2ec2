import i18next from "i18next";
import { beforeAll, describe, expect, it } from "vitest";
import en from "@/locales/en.json";
import ja from "@/locales/ja.json";
import { makeFormat } from "./format";
import { periodLeft, periodName, periodShort } from "./period";

const inEnglish = makeFormat("en", "utc", "–");
const inJapanese = makeFormat("ja", "utc", "–");
// Spaces and dashes of Intl are not the same in every version of its data.
const plain = (text: string) => text.replace(/[\u2009\u202f\u00a0]/g, " ").replace(/[–~～〜]/g, "-");
const english = (window: Parameters<typeof periodName>[0]) =>
  plain(periodName(window, i18next.getFixedT("en"), inEnglish));
const japanese = (window: Parameters<typeof periodName>[0]) =>
  plain(periodName(window, i18next.getFixedT("ja"), inJapanese));

function calendar(window: string, from: string, ends: string) {
  return { window, rolls: false, from, to: from, ends };
}

const rolling = {
  window: "28d",
  rolls: true,
  from: "2026-10-27T02:40:00Z",
  to: "2026-11-24T02:40:00Z",
  ends: "2026-11-24T02:40:00Z",
};
const november = calendar("1M from 2026-01-01 in Asia/Tokyo", "2026-10-31T15:00:00Z", "2026-11-30T15:00:00Z");

beforeAll(() =>
  i18next.init({
    resources: { en: { translation: en }, ja: { translation: ja } },
    interpolation: { escapeValue: false },
  }),
);

describe("the name of a period", () => {
  it("is a length where it rolls", () => {
    expect([english(rolling), japanese(rolling)]).toEqual(["the last 28 days", "直近 28 日"]);
    expect(plain(periodShort(rolling, inEnglish))).toBe("28 days");
    expect(periodLeft(rolling, Date.parse(rolling.to), inEnglish)).toBeNull();
  });

  it("is a month of its own time zone, whatever zone the page shows", () => {
    expect([english(november), japanese(november)]).toEqual([
      "November 2026 in Asia/Tokyo",
      "Asia/Tokyo の 2026年11月",
    ]);
  });

  it("is a range of months, or a year", () => {
    const quarter = calendar(
      "3M from 2026-04-01 in Asia/Tokyo",
      "2026-09-30T15:00:00Z",
      "2026-12-31T15:00:00Z",
    );
    expect(english(quarter)).toBe("October - December 2026 in Asia/Tokyo");
    const year = calendar("12M from 2026-01-01 in UTC", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
    expect(english(year)).toBe("2026 in UTC");
    const fiscal = calendar("12M from 2026-04-01 in UTC", "2026-04-01T00:00:00Z", "2027-04-01T00:00:00Z");
    expect(english(fiscal)).toBe("April 2026 - March 2027 in UTC");
  });

  it("is a range of days, across a change of clocks too, with times where it does not begin at midnight", () => {
    const week = calendar(
      "1w from 2026-01-05 in Europe/Berlin",
      "2026-03-22T23:00:00Z",
      "2026-03-29T22:00:00Z",
    );
    expect(english(week)).toBe("23 - 29 Mar 2026 in Europe/Berlin");
    const day = calendar("1d from 2026-01-05 in UTC", "2026-03-22T00:00:00Z", "2026-03-23T00:00:00Z");
    expect(english(day)).toBe("22 Mar 2026 in UTC");
    const nine = calendar(
      "1w from 2026-01-05 09:00:00 in UTC",
      "2026-11-23T09:00:00Z",
      "2026-11-30T09:00:00Z",
    );
    expect(english(nine)).toBe("23 Nov 2026, 09:00 - 30 Nov 2026, 09:00 in UTC");
  });

  it("names the same instants in UTC where the browser does not know the zone", () => {
    const unknown = { ...november, window: "1M from 2026-01-01 in Asia/Nowhere" };
    expect(english(unknown)).toBe("31 Oct 2026, 15:00 - 30 Nov 2026, 15:00 in UTC");
  });
});

describe("what is left of a period", () => {
  it.each([
    ["2026-11-24T02:40:00Z", "6 days"],
    ["2026-11-29T09:30:00Z", "1 day 5 h"],
    ["2026-11-30T14:59:00Z", "1 min"],
    ["2026-12-01T00:00:00Z", "0 s"],
  ])("at %s is %s", (now, left) => {
    expect(plain(periodLeft(november, Date.parse(now), inEnglish) ?? "")).toBe(left);
  });
});
