// From an answer to what is drawn: the lines with their looks, and what the table says of each. Pure.
import type { MetricChart, MetricLine } from "@/api/model";
import type { Line, Tone } from "@/charts/line";

/** More lines than these cannot be told apart; the table has them all. */
export const DRAWN_MOST = 8;
/** Lines of bounds are two each. */
const DRAWN_WITH_BOUNDS = 4;
const TONES: readonly Tone[] = ["accent", "spent", "fine", "quiet"];
const DASH = [6, 3];
/** A name longer than this does not fit beside the end of its line. */
const SHORT = 10;

export interface Words {
  none: string;
  lower: string;
  upper: string;
  atLeast: (name: string) => string;
  atMost: (name: string) => string;
}

export interface Drawn {
  lines: Line[];
  /** By the index of the answer's line: the number that stands at its end, if it is drawn. */
  numbers: Map<number, number>;
}

/** What a line is called. */
export function nameOf(line: MetricLine, metric: string, none: string): string {
  return line.labels.length === 0 ? metric : line.labels.map((value) => value ?? none).join(" · ");
}

/** The instants of the steps, in Unix seconds. */
export function times(chart: MetricChart): number[] {
  const from = Date.parse(chart.from) / 1000;
  const count = Math.round((Date.parse(chart.to) / 1000 - from) / chart.step_secs);
  return Array.from({ length: count }, (_, step) => from + step * chart.step_secs);
}

/** The lines to draw; steps from `whole` on are not over yet, so their numbers are too low. */
export function draw(chart: MetricChart, whole: number, words: Words): Drawn {
  const bounded = chart.lines.some((line) => line.bounds !== null);
  const most = bounded ? DRAWN_WITH_BOUNDS : DRAWN_MOST;
  const shown = chart.lines.slice(0, most);
  const names = shown.map((line) => nameOf(line, chart.metric, words.none));
  const numbered = shown.length > 1 && (shown.length > 4 || names.some((name) => name.length > SHORT));
  const numbers = new Map<number, number>();
  const cut = (values: readonly (number | null)[]) =>
    values.map((value, step) => (step < whole ? value : null));
  const lines = shown.flatMap((line, at): Line[] => {
    const name = names[at] ?? "";
    const tone = TONES[at % TONES.length] ?? "accent";
    if (numbered) numbers.set(at, at + 1);
    const label = numbered ? `${at + 1} ${name}` : name;
    const end = numbered ? String(at + 1) : name;
    if (line.bounds !== null) {
      const alone = shown.length === 1;
      const most = alone ? words.upper : words.atMost(label);
      const least = alone ? words.lower : words.atLeast(label);
      const bound = { tone, stepped: true } as const;
      return [
        {
          ...bound,
          label: most,
          end: alone ? "" : end,
          values: cut(line.bounds.upper),
          above: cut(open(line.bounds)),
        },
        { ...bound, label: least, end: "", dash: DASH, values: cut(line.bounds.lower) },
      ];
    }
    const dash = at >= TONES.length ? { dash: DASH } : {};
    return [{ label, end, tone, values: cut(line.values ?? []), ...dash }];
  });
  return { lines, numbers };
}

/** Where a value lies beyond the highest bound: the number above which it lies. */
function open(bounds: NonNullable<MetricLine["bounds"]>): (number | null)[] {
  return bounds.lower.map((lower, step) => (bounds.upper[step] == null ? (lower ?? null) : null));
}

export interface Told {
  /** The last step that is over and has a value. */
  last: number | null;
  least: number | null;
  most: number | null;
}

/** What a table says of a line of numbers. */
export function told(values: readonly (number | null)[], whole: number): Told {
  const known = values.slice(0, whole).filter((value) => value !== null);
  if (known.length === 0) return { last: null, least: null, most: null };
  return { last: known.at(-1) ?? null, least: Math.min(...known), most: Math.max(...known) };
}

/** The last step that is over and of which anything is known. */
export function lastBounds(line: MetricLine, whole: number) {
  const { bounds } = line;
  if (bounds === null) return null;
  const step = bounds.count.slice(0, whole).findLastIndex((count) => count !== null);
  if (step < 0) return null;
  return {
    count: bounds.count[step] ?? 0,
    lower: bounds.lower[step] ?? null,
    upper: bounds.upper[step] ?? null,
  };
}
