import { expect, it } from "vitest";
import { isWhole, readAt } from "./steps";

const at = (time: string) => Date.parse(`2026-11-24T${time}Z`);

it("tells a step that is over from the one that is not", () => {
  const step = "2026-11-24T02:30:00Z";
  expect(isWhole(step, 60, at("02:31:00"))).toBe(true);
  expect(isWhole(step, 60, at("02:30:59"))).toBe(false);
  expect(isWhole(step, 60, at("02:29:00"))).toBe(false);
});

it("judges an answer by the time it was read, not by the time it is looked at", () => {
  expect(readAt(at("02:30:59"), at("02:31:10"))).toBe(at("02:30:59"));
  expect(readAt(0, at("02:31:10"))).toBe(at("02:31:10"));
});
