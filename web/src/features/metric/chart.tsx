// One metric over time, and beside it the table of its lines. It must never draw a number that is only bounded.
import { Link } from "@tanstack/react-router";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { MetricChart, MetricLine } from "@/api/model";
import { LineChart } from "@/charts/line";
import { readAt } from "@/lib/steps";
import { useFormat, useNow } from "@/lib/view";
import { Notice } from "@/ui/notice";
import { Muted, Section } from "@/ui/page";
import { Clip, type Column, RowLink, Table } from "@/ui/table";
import { isAggregate, isKind } from "./kinds";
import { draw, lastBounds, nameOf, times, told } from "./lines";
import css from "./page.module.css";
import { type MetricSearch, readLabels, writeLabels } from "./search";
import { between, counted, isData, measureOf, quantity } from "./unit";

export function Chart(props: { chart: MetricChart; search: MetricSearch; updatedMs: number }) {
  const { chart, search } = props;
  const { t } = useTranslation();
  const f = useFormat();
  const readMs = readAt(props.updatedMs, useNow());
  const { drawn, at, whole } = useMemo(() => {
    const at = times(chart);
    const over = at.filter((time) => (time + chart.step_secs) * 1000 <= readMs).length;
    const words = {
      none: t("metric.without"),
      lower: t("metric.lower"),
      upper: t("metric.upper"),
      atLeast: (name: string) => t("metric.atLeast", { name }),
      atMost: (name: string) => t("metric.atMost", { name }),
    };
    return { drawn: draw(chart, over, words), at, whole: over };
  }, [chart, readMs, t]);
  const measure = measureOf(chart.kind ?? "", chart.aggregate ?? "");
  const show = (value: number, apart?: number) => quantity(value, chart.unit, measure, f, apart);
  const hidden = chart.lines.length - Math.min(chart.lines.length, drawn.lines.length);
  return (
    <>
      <Section title={<Heading chart={chart} />} note={t("metric.step", { span: f.span(chart.step_secs) })}>
        {whole === 0 ? <p className={css.note}>{t("metric.notOver")}</p> : null}
        <LineChart
          label={`${chart.metric} ${chart.aggregate ?? ""}`}
          times={at}
          stepSecs={chart.step_secs}
          lines={drawn.lines}
          format={show}
          height={260}
          fromZero={chart.kind !== "gauge" && chart.kind !== "up_down_counter"}
          binary={isData(chart.unit)}
        />
      </Section>
      <Section
        title={t("metric.lines")}
        note={t("metric.series", { count: chart.series, n: f.count(chart.series) })}
      >
        {chart.more_lines > 0 ? <MoreLines chart={chart} search={search} /> : null}
        <LineTable {...{ chart, search, whole, show }} numbers={drawn.numbers} />
        {hidden > 0 && drawn.numbers.size > 0 ? <p className={css.note}>{t("metric.hidden")}</p> : null}
      </Section>
    </>
  );
}

/** Lines beyond those that an answer has. */
function MoreLines({ chart, search }: { chart: MetricChart; search: MetricSearch }) {
  const { t } = useTranslation();
  const f = useFormat();
  const lines = { count: chart.more_lines, lines: f.count(chart.more_lines) };
  return (
    <Notice title={t("metric.moreLines", { ...lines, series: f.count(chart.more_series) })} view="overflow">
      <p>
        {t("metric.moreLinesNext")}{" "}
        {search.also === undefined ? null : (
          <Link to="." search={(old) => ({ ...old, also: undefined })} resetScroll={false}>
            {t("metric.fewerLines", { label: search.also })}
          </Link>
        )}
      </p>
    </Notice>
  );
}

function Heading({ chart }: { chart: MetricChart }) {
  const { t } = useTranslation();
  const f = useFormat();
  const how = isAggregate(chart.aggregate) ? t(`metric.aggregate.${chart.aggregate}`) : "";
  const kind = isKind(chart.kind) ? t(`metric.kind.${chart.kind}`) : "";
  const quantile = chart.quantile === null ? "" : f.percent(chart.quantile, 3);
  const what = counted(chart.unit);
  return <>{[kind, [how, quantile].filter(Boolean).join(" "), what].filter(Boolean).join(" · ")}</>;
}

function LineTable(props: {
  chart: MetricChart;
  search: MetricSearch;
  whole: number;
  numbers: Map<number, number>;
  show: (value: number) => string;
}) {
  const { chart, search, whole, numbers, show } = props;
  const { t } = useTranslation();
  const f = useFormat();
  const rows = chart.lines.map((line, at) => ({ line, at }));
  type Row = (typeof rows)[number];
  const value = (number: number | null) => (number === null ? f.none : show(number));
  const bounded = chart.lines.some((line) => line.bounds !== null);
  const numeric: Column<Row>[] = bounded
    ? [
        {
          key: "last",
          title: t("metric.column.last"),
          align: "end",
          cell: ({ line }) => lastText(line, whole, show) || f.none,
        },
        {
          key: "count",
          title: chart.kind === "summary" ? t("metric.column.reporting") : t("metric.column.observed"),
          align: "end",
          wide: true,
          cell: ({ line }) => {
            const last = lastBounds(line, whole);
            return last === null ? f.none : f.count(last.count);
          },
        },
      ]
    : (["last", "least", "most"] as const).map((key) => ({
        key,
        title: t(`metric.column.${key}`),
        align: "end" as const,
        ...(key === "last" ? {} : { wide: true as const }),
        cell: ({ line }: Row) => value(told(line.values ?? [], whole)[key]),
      }));
  return (
    <Table
      label={t("metric.lines")}
      rows={rows}
      rowKey={({ line }) => JSON.stringify(line.labels)}
      columns={[
        {
          key: "name",
          title: chart.group_by.length === 0 ? t("metric.column.name") : chart.group_by.join(" · "),
          cell: ({ line, at }) => <LineName {...{ chart, search, line }} number={numbers.get(at)} />,
        },
        {
          key: "series",
          title: t("metric.column.series"),
          align: "end",
          wide: true,
          cell: ({ line }) => f.count(line.series),
        },
        ...numeric,
      ]}
    />
  );
}

function lastText(line: MetricLine, whole: number, show: (value: number) => string): string {
  const last = lastBounds(line, whole);
  return last === null ? "" : between(last.lower, last.upper, show);
}

/** Leads to the chart of this line alone. */
function LineName(props: {
  chart: MetricChart;
  search: MetricSearch;
  line: MetricLine;
  number: number | undefined;
}) {
  const { chart, search, line, number } = props;
  const { t } = useTranslation();
  const name = nameOf(line, chart.metric, t("metric.without"));
  const mark = number === undefined ? null : <Muted>{number} </Muted>;
  if (chart.group_by.length === 0) return <Clip title={name}>{name}</Clip>;
  const others = readLabels(search.labels).filter((each) => !chart.group_by.includes(each.label));
  const own = chart.group_by.map((label, at) => ({ label, value: line.labels[at] ?? "" }));
  return (
    <>
      {mark}
      <RowLink
        to="/explore/metrics"
        search={(old) => ({
          ...old,
          labels: writeLabels([...others, ...own]),
          by: undefined,
          also: undefined,
        })}
      >
        {name}
      </RowLink>
    </>
  );
}
