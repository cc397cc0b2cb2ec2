import { expect, it } from "vitest";
import { apartOf, decimalsFor, yRange } from "./ticks";

it.each([
  [100, 0],
  [5, 0],
  [2.5, 1],
  [0.5, 1],
  [0.25, 2],
  [0.05, 2],
  [0.1 + 0.2 - 0.25, 2],
  [0.0025, 4],
])("ticks %d apart need %d decimals", (apart, digits) => expect(decimalsFor(apart)).toBe(digits));

it("knows the distance of two ticks and none of one", () => {
  expect(apartOf([0, 2.5, 5])).toBe(2.5);
  expect(apartOf([0])).toBeUndefined();
});

it("gives a line that never leaves zero an axis with numbers that differ", () => {
  expect(yRange(0, 0, { fromZero: true })).toEqual([0, 1.08]);
});

it("starts counts at zero, holds the rule, and leaves room", () => {
  expect(yRange(2, 10, { fromZero: true })).toEqual([0, 10.8]);
  expect(yRange(-1, -0.5, { fromZero: true, rule: 0 })).toEqual([-1.08, 0.08]);
});
