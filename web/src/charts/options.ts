// What uPlot is told: axes with units, a rule, gaps, marks, labels at the ends of lines. Colours come from the page.
import uPlot from "uplot";
import type { Format } from "@/lib/format";
import { spread } from "./ends";
import type { Line, LineChartProps } from "./line";
import { arrowPlaces, lastStep, openStretches, stepOf, toldAt } from "./open";
import { apartOf, yRange } from "./ticks";

export interface ChartShape {
  current: () => LineChartProps;
  f: Format;
  height: number;
  sync: string | undefined;
  fromZero: boolean;
  onCursor: (index: number | null) => void;
}
const DAY_SECS = 86_400;
const FONT = '11px "Noto Sans CJK JP", "Noto Sans JP", system-ui, sans-serif';
const VARIABLE = {
  accent: "--accent-ink",
  critical: "--critical",
  quiet: "--nodata",
  spent: "--spent",
  fine: "--fine",
} as const;
/** How much of a colour a tint has, as the end of its hexadecimal form. */
const TINT = "2b";
const POWERS_OF_TWO = Array.from({ length: 60 }, (_, power) => 2 ** power);
const END_LABEL_PX = 68;
const END_LABEL_APART_PX = 13;
/** How long an arrow is that stands for values above, and how far from the next one. */
const OPEN_PX = 11;
const OPEN_APART_PX = 36;

export function options(chart: ChartShape, element: HTMLElement): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const { f, fromZero } = chart;
  const sync = chart.sync === undefined ? {} : { sync: { key: chart.sync } };
  const axis = {
    stroke: colour("--ink-2"),
    font: FONT,
    ticks: { show: false },
    border: { show: false },
  };
  return {
    width: element.clientWidth,
    height: chart.height,
    legend: { show: false },
    padding: [10, END_LABEL_PX, 0, 0],
    tzDate: (secs) => uPlot.tzDate(new Date(secs * 1e3), f.zone),
    cursor: { drag: { x: false, y: false }, points: { size: 6 }, y: false, ...sync },
    scales: {
      x: { time: true, ...(chart.current().lines.some((line) => line.stepped) ? withHeld(chart) : {}) },
      y: { range: (_, low, high) => yRange(low, high, { fromZero, rule: chart.current().rule?.value }) },
    },
    axes: [
      { ...axis, grid: { show: false }, size: 26, space: 84, values: (_, splits) => timeLabels(splits, f) },
      {
        ...axis,
        size: 58,
        space: 32,
        grid: { stroke: colour("--line"), width: 1 },
        ...(chart.current().binary ? { incrs: POWERS_OF_TWO } : {}),
        values: (_, splits) => tickLabels(splits, chart.current().format),
      },
    ],
    ...(chart.current().between === undefined
      ? {}
      : { bands: [band(chart, `${colour("--accent")}${TINT}`)] }),
    series: [
      {},
      ...chart.current().lines.map((line) => ({
        label: line.label,
        stroke: colour(VARIABLE[line.tone]),
        width: 1.5,
        spanGaps: false,
        ...(line.dash === undefined ? {} : { dash: line.dash }),
        ...(line.stepped ? held(chart) : {}),
        points: { show: false },
      })),
    ],
    hooks: {
      drawClear: [(plot) => drawGaps(plot, chart.current(), colour("--line-2"))],
      draw: [
        (plot) => drawRule(plot, chart.current(), colour("--critical"), colour("--critical-ink")),
        (plot) => drawMarks(plot, chart.current(), colour("--ink-2")),
        (plot) => drawOpen(plot, chart.current(), colour),
        (plot) => drawEnds(plot, chart.current(), colour),
      ],
      setCursor: [(plot) => chart.onCursor(plot.cursor.idx ?? null)],
    },
  };
}

function band(chart: ChartShape, fill: string): uPlot.Band {
  const { low, high } = chart.current().between ?? { low: 0, high: 0 };
  return { series: [high + 1, low + 1], fill };
}

/** The times of a chart, and the step after them if a last value holds in it; one step alone takes all the room. */
function withHeld(chart: ChartShape): Pick<uPlot.Scale, "range"> {
  return {
    range: (_, low, high) => {
      const { times, stepSecs, lines } = chart.current();
      const holds = (line: Line) => line.stepped === true && lastStep(line) === times.length - 1;
      return [low, lines.some(holds) || low === high ? high + stepOf(times, stepSecs) : high];
    },
  };
}

/** Each value to the end of its step: that before a gap, and the last one too. */
function held(chart: ChartShape): Pick<uPlot.Series, "paths"> {
  const steps = uPlot.paths.stepped?.({ align: 1, alignGaps: 1 });
  if (steps === undefined) return {};
  return {
    paths: (plot, series, first, last) => {
      const built = steps(plot, series, first, last);
      const { times, stepSecs } = chart.current();
      const at = plot.data[series]?.findLastIndex((value) => value != null) ?? -1;
      const [time, value] = [plot.data[0][at], plot.data[series]?.[at]];
      if (time === undefined || value == null || !(built?.stroke instanceof Path2D)) return built;
      const [x, y] = [
        plot.valToPos(time + stepOf(times, stepSecs), "x", true),
        plot.valToPos(value, "y", true),
      ];
      // On whole pixels, as all of the line.
      built.stroke.lineTo(Math.round(x), Math.round(y));
      return built;
    },
  };
}

function tickLabels(splits: readonly number[], format: LineChartProps["format"]): string[] {
  const apart = apartOf(splits);
  return splits.map((split) => format(split, apart));
}

function timeLabels(splits: readonly number[], f: Format): string[] {
  const long = (splits.at(-1) ?? 0) - (splits[0] ?? 0) > 2 * DAY_SECS;
  return splits.map((split) => (long ? f.shortDay(split * 1e3) : f.time(split * 1e3)));
}

/** Hatched, so that "nobody knows" looks like no value at all. */
function drawGaps(plot: uPlot, props: LineChartProps, ink: string): void {
  const { ctx, bbox } = plot;
  const step = 6 * devicePixelRatio;
  for (const gap of props.gaps ?? []) {
    const left = Math.max(plot.valToPos(gap.from, "x", true), bbox.left);
    const right = Math.min(plot.valToPos(gap.to, "x", true), bbox.left + bbox.width);
    if (right <= left) continue;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, bbox.top, Math.max(right - left, 1), bbox.height);
    ctx.clip();
    ctx.strokeStyle = ink;
    ctx.lineWidth = devicePixelRatio;
    ctx.beginPath();
    for (let x = left - bbox.height; x < right; x += step) {
      ctx.moveTo(x, bbox.top + bbox.height);
      ctx.lineTo(x + bbox.height, bbox.top);
    }
    ctx.stroke();
    ctx.restore();
  }
}

function drawRule(plot: uPlot, props: LineChartProps, line: string, ink: string): void {
  if (props.rule === undefined) return;
  const { ctx, bbox } = plot;
  const y = plot.valToPos(props.rule.value, "y", true);
  ctx.save();
  ctx.strokeStyle = line;
  ctx.lineWidth = devicePixelRatio;
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  text(plot, props.rule.label, bbox.left + 4 * devicePixelRatio, y - 7 * devicePixelRatio, ink);
  ctx.restore();
}

function drawMarks(plot: uPlot, props: LineChartProps, ink: string): void {
  const { ctx, bbox } = plot;
  for (const mark of props.marks ?? []) {
    const x = plot.valToPos(mark.time, "x", true);
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.save();
    ctx.strokeStyle = ink;
    ctx.lineWidth = devicePixelRatio;
    ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.restore();
  }
}

/** Each line's name at its end, pushed apart where two would meet, and none below the plot. */
function drawEnds(plot: uPlot, props: LineChartProps, colour: (name: string) => string): void {
  const { bbox } = plot;
  const ends = props.lines
    .map((line) => ({ line, y: endOf(plot, line) }))
    .filter((end): end is { line: LineChartProps["lines"][number]; y: number } => end.y !== null)
    .sort((a, b) => a.y - b.y);
  const places = spread(
    ends.map((end) => end.y),
    { top: bbox.top, bottom: bbox.top + bbox.height, apart: END_LABEL_APART_PX * devicePixelRatio },
  );
  ends.forEach((end, index) => {
    const y = places[index] ?? end.y;
    const told = toldAt(end.line, lastStep(end.line), (value) => props.format(value), "");
    const named = end.line.end ?? end.line.label;
    // Where two bounds are all there is, the one that is open says so.
    const words = props.lines.length === 1 || (named === "" && told.startsWith(">")) ? told : named;
    text(plot, words, bbox.left + bbox.width + 6 * devicePixelRatio, y, colour(VARIABLE[end.line.tone]));
  });
}

function endOf(plot: uPlot, line: Line): number | null {
  const step = lastStep(line);
  const value = line.values[step];
  if (value != null) return plot.valToPos(value, "y", true);
  const above = line.above?.[step];
  return above == null ? null : plot.valToPos(above, "y", true) - OPEN_PX * devicePixelRatio;
}

/** Arrows upwards from the number above which values lie: how far, nobody knows. */
function drawOpen(plot: uPlot, props: LineChartProps, colour: (name: string) => string): void {
  const { ctx, bbox } = plot;
  const px = devicePixelRatio;
  const step = stepOf(props.times, props.stepSecs);
  for (const line of props.lines) {
    ctx.save();
    ctx.strokeStyle = colour(VARIABLE[line.tone]);
    ctx.lineWidth = 1.5 * px;
    // The last line may have left its dashes behind.
    ctx.setLineDash([]);
    ctx.beginPath();
    for (const stretch of openStretches(line)) {
      const left = plot.valToPos(props.times[stretch.from] ?? 0, "x", true);
      const right = plot.valToPos((props.times[stretch.to] ?? 0) + step, "x", true);
      const y = plot.valToPos(stretch.above, "y", true);
      for (const x of arrowPlaces(left, right, bbox.left + bbox.width, OPEN_APART_PX * px))
        arrowUp(ctx, x, y - 3 * px, px);
    }
    ctx.stroke();
    ctx.restore();
  }
}

function arrowUp(ctx: CanvasRenderingContext2D, x: number, y: number, px: number): void {
  const top = y - OPEN_PX * px;
  ctx.moveTo(x, y);
  ctx.lineTo(x, top);
  ctx.moveTo(x - 3.5 * px, top + 4 * px);
  ctx.lineTo(x, top);
  ctx.lineTo(x + 3.5 * px, top + 4 * px);
}

function text(plot: uPlot, words: string, x: number, y: number, ink: string): void {
  const { ctx } = plot;
  ctx.save();
  ctx.font = FONT.replace("11px", `${11 * devicePixelRatio}px`);
  ctx.fillStyle = ink;
  ctx.textBaseline = "middle";
  ctx.textAlign = "left";
  ctx.fillText(words, x, y);
  ctx.restore();
}
