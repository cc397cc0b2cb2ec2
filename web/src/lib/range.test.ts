import { expect, it } from "vitest";
import { instant, isRange, lastBounds } from "./range";

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
