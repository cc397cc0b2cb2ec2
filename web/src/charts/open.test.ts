import { expect, test } from "vitest";
import { isKnown, lastStep, openStretches, toldAt } from "./open";

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
