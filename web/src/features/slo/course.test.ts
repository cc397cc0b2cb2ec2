import { describe, expect, it } from "vitest";
import type { Forecast, SloPoint } from "@/api/model";
import { courseOf } from "./course";

const point = (time: string, left: number | null): SloPoint => ({
  time,
  good: 1,
  bad: 0,
  unknown: 0,
  gap: "measured",
  budget_remaining: left,
});
const FORECAST: Forecast = {
  past_from: "2026-11-01T00:00:00Z",
  past_to: "2026-11-24T02:00:00Z",
  spent: false,
  soonest: null,
  likely: null,
  latest: null,
  points: [
    { time: "2026-11-24T02:40:00Z", low: 0.5, middle: 0.5, high: 0.5 },
    { time: "2026-11-24T06:00:00Z", low: 0.1, middle: 0.4, high: 0.6 },
  ],
};

describe("the course of a budget", () => {
  it("goes on from now as a range", () => {
    const course = courseOf(
      [point("2026-11-24T01:00:00Z", 0.7), point("2026-11-24T02:00:00Z", null)],
      FORECAST,
    );
    expect(course.times.map((secs) => new Date(secs * 1000).toISOString().slice(11, 16))).toEqual([
      "01:00",
      "02:00",
      "02:40",
      "06:00",
    ]);
    expect(course.left).toEqual([0.7, null, 0.5, null]);
    expect(course.low).toEqual([null, null, 0.5, 0.1]);
    expect(course.high).toEqual([null, null, 0.5, 0.6]);
  });

  it("counts no point that is later than the forecast's now", () => {
    const course = courseOf([point("2026-11-24T02:40:00Z", 0.49)], FORECAST);
    expect(course.times).toHaveLength(2);
    expect(course.left).toEqual([0.5, null]);
  });

  it("is what was, where nothing is foretold", () => {
    const course = courseOf([point("2026-11-24T01:00:00Z", 0.7)], undefined);
    expect([course.times.length, course.left, course.low]).toEqual([1, [0.7], [null]]);
  });
});
