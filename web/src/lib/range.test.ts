import { expect, it } from "vitest";
import { fromInput, instant, isRange, lastBounds, lastWholeHour, toInput } from "./range";

it("asks the same question all through a minute", () => {
  const first = lastBounds(3600, Date.parse("2026-11-24T02:31:07.123Z"));
  expect(first).toEqual({ from: "2026-11-24T01:32:00Z", to: "2026-11-24T02:32:00Z" });
  expect(lastBounds(3600, Date.parse("2026-11-24T02:31:59Z"))).toEqual(first);
});

it("opens a broken address all the same", () => {
  expect(instant("yesterday-ish")).toBeNull();
  expect(instant("2026-11-24T02:31:00+09:00")).toBe("2026-11-23T17:31:00Z");
  expect(isRange("99y")).toBe(false);
});

it("reads what it writes into a field, in the zone of the page", () => {
  expect(toInput("2026-11-24T02:31:07Z", "utc")).toBe("2026-11-24T02:31");
  for (const zone of ["utc", "local"] as const)
    expect(fromInput(toInput("2026-11-24T02:31:00Z", zone), zone)).toBe(Date.parse("2026-11-24T02:31:00Z"));
  expect(fromInput("", "utc")).toBeNaN();
});

it("knows the last hour that is over", () => {
  const hour = { from: "2026-11-24T01:00:00Z", to: "2026-11-24T02:00:00Z" };
  expect(lastWholeHour(Date.parse("2026-11-24T02:31:07Z"), "utc")).toEqual(hour);
  expect(lastWholeHour(Date.parse("2026-11-24T02:00:00Z"), "utc")).toEqual(hour);
});
