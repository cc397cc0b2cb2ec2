// Metrics: find one, then see it over time by choices. It must never ask for a query language.
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useMetricChart } from "@/api/reads";
import { useView } from "@/lib/view";
import { Answer, Empty } from "@/ui/answer";
import { Page, Section } from "@/ui/page";
import { Chart } from "./chart";
import { Choices } from "./choices";
import { FindMetric } from "./list";
import css from "./page.module.css";
import { RefusedOf } from "./refused";
import { groups, labelParams, type MetricSearch, NO_METRIC } from "./search";

export function MetricsPage({ search }: { search: MetricSearch }) {
  const { t } = useTranslation();
  if (search.metric === undefined) {
    return (
      <Page title={t("nav.metrics")} lead={<p>{t("metric.lead")}</p>}>
        <FindMetric search={search} />
      </Page>
    );
  }
  return <OneMetric search={search} metric={search.metric} />;
}

function OneMetric({ search, metric }: { search: MetricSearch; metric: string }) {
  const { t } = useTranslation();
  const { bounds, scope } = useView();
  const { kind, unit, service, aggregate, quantile, threshold } = search;
  // A share has no meaning until it is said up to what.
  const waits = aggregate === "share" && threshold === undefined;
  const query = useMetricChart(
    metric,
    {
      kind,
      unit,
      service,
      aggregate: waits ? undefined : aggregate,
      quantile: quantile === undefined ? undefined : Number(quantile),
      threshold: threshold === undefined ? undefined : Number(threshold),
      label: labelParams(search.labels),
      group_by: groups(search),
    },
    bounds,
    scope,
  );
  return (
    <Page title={metric} aside={<Others />}>
      <Choices search={search} metric={metric} chart={query.data} refused={query.error !== null} />
      <RefusedOf metric={metric} />
      {waits ? (
        <Empty title={t("metric.whichThreshold")} />
      ) : (
        <Answer
          query={query}
          rows={8}
          isEmpty={(data) => data.lines.length === 0}
          empty={<NoPoints search={search} known={query.data?.kind !== null} />}
        >
          {(data) => <Chart chart={data} search={search} updatedMs={query.dataUpdatedAt} />}
        </Answer>
      )}
    </Page>
  );
}

function Others() {
  const { t } = useTranslation();
  return (
    <p className={css.others}>
      <Link to="/explore/metrics" search={(old) => ({ ...old, ...NO_METRIC })}>
        {t("metric.all")}
      </Link>
    </p>
  );
}

function NoPoints({ search, known }: { search: MetricSearch; known: boolean }) {
  const { t } = useTranslation();
  return (
    <Section title={t("metric.chart")}>
      <Empty title={known ? t("metric.noLine") : t("metric.noPoints")}>
        {search.labels === undefined && search.service === undefined ? null : (
          <Link to="." search={(old) => ({ ...old, labels: undefined, service: undefined })}>
            {t("request.clear")}
          </Link>
        )}{" "}
        <Link to="." search={(old) => ({ ...old, range: "24h", from: undefined, to: undefined })}>
          {t("request.wider")}
        </Link>
      </Empty>
    </Section>
  );
}
