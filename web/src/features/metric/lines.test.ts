import { expect, test } from "vitest";
import type { MetricChart, MetricLine } from "@/api/model";
import { draw, lastBounds, nameOf, times, told } from "./lines";

const line = (labels: (string | null)[], values: (number | null)[]): MetricLine => ({
  labels,
  series: 1,
  values,
  bounds: null,
});
const chart = (lines: MetricLine[]): MetricChart => ({
  from: "2026-11-24T02:00:00Z",
  to: "2026-11-24T02:03:00Z",
  step_secs: 60,
  metric: "up",
  kind: "gauge",
  unit: "",
  aggregate: "avg",
  quantile: null,
  threshold: null,
  aggregates: [],
  quantiles: [],
  interval_secs: 30,
  group_by: ["pod"],
  series: lines.length,
  lines,
  more_lines: 0,
  more_series: 0,
  next_cursor: null,
  warnings: [],
  partial: false,
  sampled: null,
});
const words = {
  none: "–",
  lower: "lower",
  upper: "upper",
  atLeast: (name: string) => `≥ ${name}`,
  atMost: (name: string) => `≤ ${name}`,
};

test("steps that are not over are not drawn, and gaps stay gaps", () => {
  const drawn = draw(chart([line(["a"], [1, null, 3])]), 2, words);
  expect(drawn.lines.map((each) => each.values)).toEqual([[1, null, null]]);
  expect(times(chart([]))).toEqual([1_795_485_600, 1_795_485_660, 1_795_485_720]);
});

test("a few short names stand at the ends, more are numbered, most are left to the table", () => {
  const few = draw(chart([line(["a"], [1]), line([null], [1])]), 1, words);
  expect(few.lines.map((each) => each.end)).toEqual(["a", "–"]);
  const many = draw(chart(Array.from({ length: 12 }, (_, at) => line([`pod ${at}`], [1]))), 1, words);
  expect(many.lines.map((each) => each.end)).toEqual(["1", "2", "3", "4", "5", "6", "7", "8"]);
  expect(many.lines[0]?.label).toBe("1 pod 0");
  const looks = many.lines.map((each) => `${each.tone}${each.dash ?? ""}`);
  expect(new Set(looks).size).toBe(8);
  const long = draw(chart([line(["/api/checkout"], [1]), line(["b"], [1])]), 1, words);
  expect(long.lines.map((each) => each.end)).toEqual(["1", "2"]);
});

test("bounds are two lines, and the table says the last ones", () => {
  const bounds = { count: [4, 5, null], lower: [0.1, 0.5, null], upper: [0.5, null, null] };
  const drawn = draw(chart([{ labels: [], series: 2, values: null, bounds }]), 3, words);
  expect(drawn.lines.map((each) => [each.label, each.values])).toEqual([
    ["upper", [0.5, null, null]],
    ["lower", [0.1, 0.5, null]],
  ]);
  expect(drawn.lines[0]?.above, "what lies beyond the highest bound is above it").toEqual([null, 0.5, null]);
  expect(draw(chart([{ labels: [], series: 2, values: null, bounds }]), 1, words).lines[0]?.above).toEqual([
    null,
    null,
    null,
  ]);
  const two = draw(chart([line(["a"], [1]), { labels: ["b"], series: 2, values: null, bounds }]), 3, words);
  expect(two.lines.map((each) => each.label)).toEqual(["a", "≤ b", "≥ b"]);
  expect(lastBounds({ labels: [], series: 2, values: null, bounds }, 3)).toEqual({
    count: 5,
    lower: 0.5,
    upper: null,
  });
  expect(lastBounds({ labels: [], series: 2, values: null, bounds }, 0)).toBeNull();
});

test("the table tells what is known and nothing of what is not", () => {
  expect(told([1, 5, null, 2, 9], 4)).toEqual({ last: 2, least: 1, most: 5 });
  expect(told([null], 1)).toEqual({ last: null, least: null, most: null });
  expect(nameOf(line(["a", null], []), "up", "–")).toBe("a · –");
  expect(nameOf(line([], []), "up", "–")).toBe("up");
});
