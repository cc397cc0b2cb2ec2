import { expect, it } from "vitest";
import { apartOf, decimalsFor } from "./ticks";

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
