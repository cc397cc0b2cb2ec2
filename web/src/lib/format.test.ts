import { describe, expect, it } from "vitest";
import { makeFormat } from "./format";

const en = makeFormat("en", "utc", "–");
const ja = makeFormat("ja", "utc", "–");
const plain = (text: string) => text.replace(/[\u202f\u00a0]/g, " ");

describe("numbers", () => {
  it("cuts what was attained and never rounds it up to the promise", () => {
    expect(plain(en.percent(0.99899999, 2))).toBe("99.89 %");
    expect(plain(en.percent(0.999, 3))).toBe("99.9 %");
    expect(plain(en.percent(0.9995, 6))).toBe("99.95 %");
  });

  it("shows two digits in prose and signs what is overspent", () => {
    expect(plain(en.aboutPercent(0.6219))).toBe("62 %");
    expect(plain(en.signedPercent(-0.6219))).toBe("−62.2 %");
    expect(plain(en.signedPercent(-69.071))).toBe("−6,907 %");
    expect(plain(en.signedPercent(1))).toBe("100 %");
  });

  it("rounds parts of a whole, whatever their size, and never to nought", () => {
    expect([0.5244, 1.6219, -0.1, 0].map((part) => plain(en.share(part)))).toEqual([
      "52.4 %",
      "162.2 %",
      "−10 %",
      "0 %",
    ]);
    expect(plain(en.share(0.000123))).toBe("0.012 %");
  });

  it("says nothing where nothing is known", () => {
    expect(en.ms(null)).toBe("–");
  });
});

describe("durations", () => {
  it.each([
    [0.42, "0.42 ms"],
    [7.4, "7.4 ms"],
    [500, "500 ms"],
    [1836, "1.84 s"],
    [125_000, "2 min 5 s"],
  ])("%d ms is %s", (ms, text) => expect(plain(en.ms(ms))).toBe(text));

  it("names a period in each language", () => {
    expect(plain(en.span(2_592_000))).toBe("30 days");
    expect(plain(ja.span(2_592_000))).toBe("30 日");
    expect(plain(en.span(3600))).toBe("1 h");
  });
});

describe("times", () => {
  it("keeps to the zone of the page", () => {
    expect(en.time("2026-11-24T02:31:07Z")).toBe("02:31");
    expect(ja.dateTime("2026-11-24T02:31:07Z")).toBe("11/24 02:31");
  });

  it("tells lines of one second apart, and cuts what is finer", () => {
    expect(en.millis("2026-11-24T02:31:07.0049Z")).toBe("02:31:07.004");
    expect(en.dateTimeMillis("2026-11-24T02:31:07.120456789Z")).toBe("24 Nov 02:31:07.120");
    expect(ja.dateTimeMillis("2026-11-24T02:31:07Z")).toBe("11/24 02:31:07.000");
    expect(ja.exactMillis("2026-11-24T02:31:07.999999999Z")).toBe("2026/11/24 02:31:07.999");
  });

  it("names the day where a person plans, in the order of the language", () => {
    const soon = new Date(Date.now() + 2 * 86_400_000);
    soon.setUTCHours(14, 0, 0, 0);
    expect(en.soon(soon.toISOString())).toMatch(/^[A-Z][a-z]+day 14:00$/);
    expect(ja.soon(soon.toISOString())).toMatch(/^.曜日 14:00$/);
  });
});

it("writes a day of the calendar as that day in every zone", () => {
  expect(en.civilDay("2026-11-24T23:59:59Z")).toBe("2026-11-24");
  expect(en.civilDate("2027-04-01")).toBe("1 April 2027");
  expect(ja.civilDate("2027-04-01")).toBe("2027年4月1日");
});
