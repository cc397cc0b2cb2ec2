import { expect, test } from "vitest";
import { dragged, stacked } from "./stack";

test("layers stand on each other", () => {
  expect(
    stacked([
      [1, 0],
      [2, 3],
      [0, 4],
    ]),
  ).toEqual([
    [1, 0],
    [3, 3],
    [3, 7],
  ]);
  expect(stacked([])).toEqual([]);
});

test("a drag means whole steps, a click one", () => {
  const times = [100, 110, 120, 130];
  expect(dragged(112, 127, times, 10)).toEqual({ from: 110, to: 130 });
  expect(dragged(127, 112, times, 10)).toEqual({ from: 110, to: 130 });
  expect(dragged(115, 115, times, 10)).toEqual({ from: 110, to: 120 });
  expect(dragged(50, 999, times, 10)).toEqual({ from: 100, to: 140 });
  expect(dragged(1, 2, [], 10)).toBeNull();
});
