// A line chart over time: 1.5 px lines, labels at their ends, gaps hatched, a shared cursor, a table beside it.
// It must never draw through a gap nor start a count above zero.
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import type { Format } from "@/lib/format";
import { useFormat } from "@/lib/view";
import css from "./line.module.css";
import { isKnown, toldAt } from "./open";
import { type ChartShape, options } from "./options";
import { useTheme } from "./theme";

export type Tone = "accent" | "critical" | "quiet" | "spent" | "fine";

export interface Line {
  label: string;
  tone: Tone;
  values: readonly (number | null)[];
  /** Where a value is not known but lies above a number: that number. An arrow marks it, as no line can. */
  above?: readonly (number | null)[];
  /** What stands at its end instead of the label. */
  end?: string;
  /** Lengths of strokes and gaps of a line that is not drawn through, in pixels. */
  dash?: number[];
  /** A value holds for its whole step: nothing lies between it and the next. */
  stepped?: true;
  /** Nobody has measured it: what stands beside a chart that nobody points at is of the time before. */
  foretold?: true;
}

export interface LineChartProps {
  label: string;
  /** Instants in Unix seconds, ascending. */
  times: readonly number[];
  /** How long a value holds, where one alone does not tell. */
  stepSecs?: number;
  lines: readonly Line[];
  /** `apart` is the distance between ticks where the value labels one. */
  format: (value: number, apart?: number) => string;
  /** Stretches in which nothing was measured, in Unix seconds. */
  gaps?: readonly { from: number; to: number }[];
  /** A rule across: the objective, or the end of the budget. */
  rule?: { value: number; label: string };
  marks?: readonly { time: number; label: string }[];
  /** Two lines, by their places, between which the chart is tinted: somewhere in there it will be. */
  between?: { low: number; high: number };
  height?: number;
  /** Charts with the same key share their cursor. */
  sync?: string;
  fromZero?: boolean;
  /** Numbers are of data: ticks stand at powers of two. */
  binary?: boolean;
}

export function LineChart(props: LineChartProps) {
  const f = useFormat();
  const [at, setAt] = useState<number | null>(null);
  const host = useChart(props, f, setAt);
  const index = at ?? lastKnown(props);
  return (
    <figure className={css.figure}>
      <div ref={host} className={css.chart} role="img" aria-label={describe(props, f)} />
      <figcaption className={css.legend}>
        <span>{props.times[index] === undefined ? "" : f.dateTime((props.times[index] ?? 0) * 1000)}</span>
        {toldOf(props.lines, index).map((line) => (
          <span key={line.label} className={css[line.tone]}>
            {line.label} <b>{toldAt(line, index, props.format, f.none)}</b>
          </span>
        ))}
        {(props.marks ?? []).map((mark) => (
          <span key={`${mark.time}${mark.label}`}>
            ┆ {f.dateTime(mark.time * 1000)} {mark.label}
          </span>
        ))}
      </figcaption>
      <AsTable {...props} />
    </figure>
  );
}

function describe(props: LineChartProps, f: Format): string {
  const index = lastKnown(props);
  const time = props.times[index];
  const last = props.lines.map((line) => `${line.label} ${toldAt(line, index, props.format, f.none)}`);
  return [props.label, time === undefined ? "" : f.dateTime(time * 1000), ...last].filter(Boolean).join(", ");
}

/** Lines of which something is said at an instant: what was foretold is of no use where something was measured. */
function toldOf(lines: readonly Line[], index: number): readonly Line[] {
  const measured = lines.filter((line) => !line.foretold);
  return measured.length === lines.length || measured.some((line) => isKnown(line, index)) ? measured : lines;
}

/** The last instant at which any line has a value: what stands beside a chart that nobody points at. */
function lastKnown({ times, lines }: LineChartProps): number {
  const known = (index: number) => lines.some((line) => !line.foretold && isKnown(line, index));
  for (let index = times.length - 1; index >= 0; index -= 1) if (known(index)) return index;
  return times.length - 1;
}

/** Builds the plot when its shape changes; new numbers and widths go into the one that stands. */
function useChart(props: LineChartProps, f: Format, setAt: (index: number | null) => void) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const theme = useTheme();
  const { height = 160, sync, fromZero = true } = props;
  const latest = useRef<LineChartProps>(props);
  latest.current = props;
  const shape = `${props.lines.map((line) => line.label + line.tone + line.dash + line.stepped).join()}/${theme}/${f.lang}/${f.zone}/${sync}/${height}/${fromZero}/${props.binary}/${props.between?.low}/${props.between?.high}`;
  const data = useMemo(
    () => [props.times, ...props.lines.map((line) => line.values)] as unknown as uPlot.AlignedData,
    [props.times, props.lines],
  );
  const latestData = useRef(data);
  latestData.current = data;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` stands for all that needs a new plot.
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const chart: ChartShape = { current: () => latest.current, f, height, sync, fromZero, onCursor: setAt };
    const made = new uPlot(options(chart, element), latestData.current, element);
    plot.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height }));
    watch.observe(element);
    return () => {
      watch.disconnect();
      made.destroy();
      plot.current = null;
    };
  }, [shape]);
  useEffect(() => plot.current?.setData(data), [data]);
  return host;
}

const ROWS_MOST = 200;

function AsTable({ label, times, lines, format }: LineChartProps) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <details className={css.table} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("chart.asTable")}</summary>
      {open ? <Numbers label={label} times={times} lines={lines} format={format} /> : null}
    </details>
  );
}

function Numbers({ label, times, lines, format }: LineChartProps) {
  const { t } = useTranslation();
  const f = useFormat();
  const step = Math.max(1, Math.ceil(times.length / ROWS_MOST));
  const rows = times.map((time, index) => ({ time, index })).filter((row) => row.index % step === 0);
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
    <section className={css.numbers} tabIndex={0} aria-label={label}>
      <table>
        <thead>
          <tr>
            <th scope="col">{t("chart.time")}</th>
            {lines.map((line) => (
              <th key={line.label} scope="col">
                {line.label}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.time}>
              <td>{f.dateTime(row.time * 1000)}</td>
              {lines.map((line) => (
                <td key={line.label}>{toldAt(line, row.index, format, f.none)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
