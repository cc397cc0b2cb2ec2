import { expect, test } from "vitest";
import { arrowPlaces, isKnown, lastStep, openStretches, stepOf, toldAt } from "./open";

const line = {
  values: [0.5, null, null, null, null, 1, null],
  above: [null, 10, 10, 20, null, null, 10],
};
const show = (value: number) => `${value} s`;

test("what nothing bounds from above is told as that, never as a number or as nothing", () => {
  const told = line.values.map((_, step) => toldAt(line, step, show, "–"));
  expect(told).toEqual(["0.5 s", "> 10 s", "> 10 s", "> 20 s", "–", "1 s", "> 10 s"]);
  expect(toldAt({ values: [null] }, 0, show, "–")).toBe("–");
  expect(toldAt({ values: [] }, 3, show, "–")).toBe("–");
});

test("steps above one number are one stretch; a gap or another number ends it", () => {
  expect(openStretches(line)).toEqual([
    { from: 1, to: 2, above: 10 },
    { from: 3, to: 3, above: 20 },
    { from: 6, to: 6, above: 10 },
  ]);
  expect(openStretches({ values: [1, 2] })).toEqual([]);
});

test("an open value is known, so it is the last one if nothing follows", () => {
  expect(isKnown(line, 1)).toBe(true);
  expect(isKnown(line, 4)).toBe(false);
  expect(lastStep(line)).toBe(6);
  expect(lastStep({ values: [null, 3, null] })).toBe(1);
  expect(lastStep({ values: [null] })).toBe(-1);
});

test("a step is the chart's own, else the distance of two times, and nothing of one", () => {
  expect(stepOf([1_790_000_000], 60)).toBe(60);
  expect(stepOf([100, 160, 220], undefined)).toBe(60);
  expect(stepOf([1_790_000_000], undefined)).toBe(0);
  expect(stepOf([], undefined)).toBe(0);
});

test("arrows stand within the canvas, at a single point too", () => {
  expect(arrowPlaces(100, 100, 500, 36)).toEqual([100]);
  expect(arrowPlaces(100, 172, 500, 36)).toEqual([118, 154]);
  expect(arrowPlaces(500, 560, 500, 36)).toEqual([500]);
  expect(arrowPlaces(464, 9_000, 500, 36)).toEqual([482]);
});
