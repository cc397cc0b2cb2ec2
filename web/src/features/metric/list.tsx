// Finding a metric: by name and by who sends it. Where none came, the way to send some.
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Metric } from "@/api/model";
import { useMetrics, useServices, useStatus } from "@/api/reads";
import { useFormat, useNow, useSetSearch, useView } from "@/lib/view";
import { Answer, Empty } from "@/ui/answer";
import { Button } from "@/ui/button";
import { Choice, Field, Form, Text } from "@/ui/field";
import { Snippet } from "@/ui/link";
import { More } from "@/ui/more";
import { Muted, Section } from "@/ui/page";
import { RowLink, Table } from "@/ui/table";
import { isKind } from "./kinds";
import css from "./page.module.css";
import { Refused } from "./refused";
import type { MetricSearch } from "./search";
import { prometheusSnippet } from "./snippet";

export function FindMetric({ search }: { search: MetricSearch }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { bounds, scope } = useView();
  const query = useMetrics({ service: search.service, contains: search.contains }, bounds, scope);
  const pages = query.data?.pages;
  const metrics = pages?.flatMap((page) => page.metrics) ?? [];
  const series = pages?.at(-1)?.series ?? 0;
  const chosen = search.service !== undefined || search.contains !== undefined;
  return (
    <>
      <Filter key={JSON.stringify(search)} search={search} />
      <Refused limits={pages?.at(-1)?.limits} />
      <Section
        title={t("metric.found")}
        note={metrics.length === 0 ? undefined : t("metric.series", { count: series, n: f.count(series) })}
      >
        <Answer
          query={{ ...query, data: pages?.at(-1) }}
          rows={10}
          isEmpty={() => metrics.length === 0}
          empty={chosen ? <None /> : <Never />}
        >
          {() => <MetricTable metrics={metrics} search={search} />}
        </Answer>
        <More pages={query} />
      </Section>
    </>
  );
}

function Filter({ search }: { search: MetricSearch }) {
  const { t } = useTranslation();
  const { bounds } = useView();
  const set = useSetSearch();
  const services = useServices(bounds).data?.services.map((each) => each.service) ?? [];
  const [contains, setContains] = useState(search.contains ?? "");
  const choices = [...new Set([...services, ...(search.service ? [search.service] : [])])].sort();
  return (
    <div className={css.filter}>
      <Form
        inline
        label={t("metric.filter")}
        onSubmit={() => set({ contains: contains.trim() || undefined })}
      >
        <Field label={t("metric.contains")}>
          <Text value={contains} onChange={(event) => setContains(event.target.value)} />
        </Field>
        <Field label={t("request.of")}>
          <Choice
            value={search.service ?? ""}
            onChange={(event) => set({ service: event.target.value || undefined })}
          >
            <option value="">{t("request.anyService")}</option>
            {choices.map((each) => (
              <option key={each}>{each}</option>
            ))}
          </Choice>
        </Field>
        <Button type="submit" weight="strong">
          {t("request.show")}
        </Button>
      </Form>
    </div>
  );
}

function MetricTable({ metrics, search }: { metrics: readonly Metric[]; search: MetricSearch }) {
  const { t } = useTranslation();
  const f = useFormat();
  const now = useNow();
  const names = metrics.map((each) => each.metric);
  // A name that comes with several kinds or units says which one is meant.
  const variant = (row: Metric) =>
    names.indexOf(row.metric) === names.lastIndexOf(row.metric)
      ? {}
      : { kind: row.kind, unit: row.unit || undefined };
  return (
    <Table
      label={t("metric.found")}
      rows={metrics}
      rowKey={(row) => `${row.metric}/${row.kind}/${row.unit}`}
      columns={[
        {
          key: "name",
          title: t("metric.column.name"),
          cell: (row) => (
            <RowLink
              to="/explore/metrics"
              search={{ metric: row.metric, service: search.service, ...variant(row) }}
            >
              {row.metric}
            </RowLink>
          ),
        },
        {
          key: "kind",
          title: t("metric.column.kind"),
          cell: (row) => (isKind(row.kind) ? t(`metric.kind.${row.kind}`) : row.kind),
        },
        {
          key: "unit",
          title: t("metric.column.unit"),
          wide: true,
          cell: (row) => row.unit || <Muted>{f.none}</Muted>,
        },
        { key: "series", title: t("metric.column.series"), align: "end", cell: (row) => f.count(row.series) },
        {
          key: "services",
          title: t("metric.column.services"),
          wide: true,
          cell: (row) => <Senders services={row.services} />,
        },
        {
          key: "seen",
          title: t("service.column.lastSeen"),
          wide: true,
          keep: true,
          cell: (row) => <Muted>{f.ago(row.last_seen, now)}</Muted>,
        },
      ]}
    />
  );
}

const SENDERS_MOST = 3;

function Senders({ services }: { services: readonly string[] }) {
  const f = useFormat();
  const rest = services.length - SENDERS_MOST;
  return (
    <span title={services.join(", ")}>
      {services.slice(0, SENDERS_MOST).join(", ")}
      {rest > 0 ? <Muted> +{f.count(rest)}</Muted> : null}
    </span>
  );
}

function None() {
  const { t } = useTranslation();
  const set = useSetSearch();
  return (
    <Empty title={t("metric.none")}>
      <Button onClick={() => set({ service: undefined, contains: undefined })}>{t("request.clear")}</Button>{" "}
      <Button onClick={() => set({ range: "24h", from: undefined, to: undefined })}>
        {t("request.wider")}
      </Button>
    </Empty>
  );
}

/** Nothing came in this range: how to send some. */
function Never() {
  const { t } = useTranslation();
  const status = useStatus().data;
  return (
    <>
      <Empty title={t("metric.never")}>
        <Link to="/setup">{t("metric.neverNext")}</Link>
      </Empty>
      {status === undefined ? null : (
        <Section title={t("metric.fromPrometheus")} note={t("metric.fromPrometheusNote")}>
          <Snippet
            label={t("metric.fromPrometheus")}
            text={prometheusSnippet(status.otlp_http, status.otlp_needs_token)}
          />
        </Section>
      )}
    </>
  );
}
