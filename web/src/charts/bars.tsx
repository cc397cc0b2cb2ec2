// Stacked bars over time: counts by kind, a table beside them. A drag, a click or a row of the table narrows the range.
import { useEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { useFormat } from "@/lib/view";
import css from "./bars.module.css";
import { dragged, stacked } from "./stack";
import { useTheme } from "./theme";
import { apartOf, yRange } from "./ticks";

export interface Layer {
  label: string;
  tone: "quiet" | "faint" | "accent" | "rising" | "critical" | "spent";
  values: readonly number[];
}

export interface BarsProps {
  label: string;
  /** Starts of the steps in Unix seconds, ascending. */
  times: readonly number[];
  stepSecs: number;
  /** The first stands at the bottom. */
  layers: readonly Layer[];
  onRange: (range: { from: number; to: number }) => void;
}
const HEIGHT_PX = 132;
const DAY_SECS = 86_400;
const CLICK_PX = 4;
const FONT = '11px "Noto Sans CJK JP", "Noto Sans JP", system-ui, sans-serif';
const VARIABLE = {
  quiet: "--nodata",
  faint: "--line-2",
  accent: "--bar",
  rising: "--rising",
  critical: "--critical",
  spent: "--spent",
} as const;

export function Bars(props: BarsProps) {
  const f = useFormat();
  const [at, setAt] = useState<number | null>(null);
  const host = useBars(props, setAt);
  const sum = (layer: Layer) => layer.values.reduce((all, value) => all + value, 0);
  const shown = (layer: Layer) => f.count(at === null ? sum(layer) : (layer.values[at] ?? 0));
  const total = props.layers.map((layer) => `${layer.label} ${f.count(sum(layer))}`);
  const time = at === null ? undefined : props.times[at];
  return (
    <figure className={css.figure}>
      <div ref={host} className={css.chart} role="img" aria-label={[props.label, ...total].join(", ")} />
      <figcaption className={css.legend}>
        {time === undefined ? null : <span>{f.dateTimeSeconds(time * 1000)}</span>}
        {props.layers.map((layer) => (
          <span key={layer.label} className={css[layer.tone]}>
            {layer.label} <b>{shown(layer)}</b>
          </span>
        ))}
      </figcaption>
      <AsTable {...props} />
    </figure>
  );
}

function useBars(props: BarsProps, setAt: (index: number | null) => void) {
  const host = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const theme = useTheme();
  const f = useFormat();
  const latest = useRef(props);
  latest.current = props;
  const data = useMemo(() => {
    // The tallest is drawn first, so that those below stay in sight.
    const heights = stacked(props.layers.map((layer) => layer.values)).reverse();
    return [props.times, ...heights] as unknown as uPlot.AlignedData;
  }, [props.times, props.layers]);
  const latestData = useRef(data);
  latestData.current = data;
  const shape = `${props.layers.map((layer) => layer.label + layer.tone).join()}/${theme}/${f.lang}/${f.zone}`;
  // biome-ignore lint/correctness/useExhaustiveDependencies: `shape` stands for all that needs a new plot.
  useEffect(() => {
    const element = host.current;
    if (element === null) return;
    const made = new uPlot(
      options(() => latest.current, f, element, setAt),
      latestData.current,
      element,
    );
    plot.current = made;
    const watch = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: HEIGHT_PX }));
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

function options(
  current: () => BarsProps,
  f: ReturnType<typeof useFormat>,
  element: HTMLElement,
  setAt: (index: number | null) => void,
): uPlot.Options {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis = { stroke: colour("--ink-2"), font: FONT, ticks: { show: false }, border: { show: false } };
  const bars = uPlot.paths.bars?.({ size: [0.8, 40], align: 1 });
  const long = () => (current().times.at(-1) ?? 0) - (current().times[0] ?? 0) > 2 * DAY_SECS;
  const time = (at: number) => (long() ? f.shortDay(at * 1e3) : f.time(at * 1e3));
  return {
    width: element.clientWidth,
    height: HEIGHT_PX,
    legend: { show: false },
    padding: [10, 24, 0, 0],
    cursor: { y: false, points: { show: false }, drag: { x: true, y: false, setScale: false } },
    scales: {
      x: {
        time: true,
        range: (_, low, high) => [low, high + current().stepSecs],
      },
      y: { range: (_, low, high) => yRange(Math.min(0, low ?? 0), high ?? 0, { fromZero: true }) },
    },
    axes: [
      { ...axis, grid: { show: false }, size: 26, space: 84, values: (_, splits) => splits.map(time) },
      {
        ...axis,
        size: 58,
        space: 32,
        grid: { stroke: colour("--line"), width: 1 },
        values: (_, splits) =>
          splits.map((n) => ((apartOf(splits) ?? 1) < 1 && n % 1 !== 0 ? "" : f.count(n))),
      },
    ],
    series: [
      {},
      ...current()
        .layers.toReversed()
        .map((layer) => ({
          label: layer.label,
          fill: colour(VARIABLE[layer.tone]),
          width: 0,
          points: { show: false },
          ...(bars === undefined ? {} : { paths: bars }),
        })),
    ],
    hooks: {
      setCursor: [(plot) => setAt(plot.cursor.idx ?? null)],
      setSelect: [(plot) => select(plot, current())],
      ready: [(plot) => plot.over.addEventListener("click", (event) => click(plot, event, current()))],
    },
  };
}

function select(plot: uPlot, props: BarsProps): void {
  const { left, width } = plot.select;
  if (width < CLICK_PX) return;
  const range = dragged(
    plot.posToVal(left, "x"),
    plot.posToVal(left + width, "x"),
    props.times,
    props.stepSecs,
  );
  plot.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
  if (range !== null) props.onRange(range);
}

function click(plot: uPlot, event: MouseEvent, props: BarsProps): void {
  if (event.target !== plot.over) return;
  const at = plot.posToVal(event.offsetX, "x");
  const range = dragged(at, at, props.times, props.stepSecs);
  if (range !== null && plot.select.width < CLICK_PX) props.onRange(range);
}

function AsTable({ label, times, stepSecs, layers, onRange }: BarsProps) {
  const { t } = useTranslation();
  const f = useFormat();
  const [open, setOpen] = useState(false);
  return (
    <details className={css.table} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("chart.asTable")}</summary>
      {open ? (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reachable by keyboard.
        <section className={css.numbers} tabIndex={0} aria-label={label}>
          <table>
            <thead>
              <tr>
                <th scope="col">{t("chart.time")}</th>
                {layers.map((layer) => (
                  <th key={layer.label} scope="col">
                    {layer.label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {times.map((time, index) => (
                <tr key={time}>
                  <td>
                    <button
                      type="button"
                      className={css.narrow}
                      title={t("chart.narrow")}
                      onClick={() => onRange({ from: time, to: time + stepSecs })}
                    >
                      {f.dateTimeSeconds(time * 1000)}
                    </button>
                  </td>
                  {layers.map((layer) => (
                    <td key={layer.label}>{f.count(layer.values[index] ?? 0)}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </section>
      ) : null}
    </details>
  );
}
