import { expect, it } from "vitest";
import { nanosBetween, parseInstant } from "./nanos";

it("keeps nanoseconds that a Date would lose, across a second and a zone", () => {
  const a = parseInstant("2026-11-24T02:31:07.999999999Z");
  const b = parseInstant("2026-11-24T11:31:08.000000001+09:00");
  expect(nanosBetween(a, b)).toBe(2);
});
