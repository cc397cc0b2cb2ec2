// One service: a sentence, rate, errors and latency under one cursor, its endpoints, its promises.
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Endpoint, ServicePoint } from "@/api/model";
import { statusOf } from "@/api/problem";
import { useEndpoints, useIncidents, useServiceSeries, useSlos } from "@/api/reads";
import { LineChart } from "@/charts/line";
import { decimalsFor } from "@/charts/ticks";
import type { Format } from "@/lib/format";
import { isWhole, readAt } from "@/lib/steps";
import { useFormat, useNow, useSetSearch, useView } from "@/lib/view";
import { Answer, Empty } from "@/ui/answer";
import { Button } from "@/ui/button";
import { Condition, Form } from "@/ui/field";
import { IncidentRows } from "@/ui/incident-rows";
import { Muted, Page, Section } from "@/ui/page";
import { SloTable } from "@/ui/slo-table";
import { RowLink, Table } from "@/ui/table";
import { errorText } from "./errors";
import { Exactness } from "./exactness";
import css from "./page.module.css";
import type { ServiceSearch } from "./search";

export function ServicePage({ service, search }: { service: string; search: ServiceSearch }) {
  const { t } = useTranslation();
  const { bounds, scope } = useView();
  const now = useNow();
  const { where } = search;
  const series = useServiceSeries(service, bounds, scope, where);
  const endpoints = useEndpoints(service, bounds, scope, where);
  // The server says once what is wrong with a condition.
  const isWrong = where !== undefined && statusOf(series.error) === 400;
  const isNone = where !== undefined && endpoints.data?.endpoints.length === 0;
  const none = where === undefined ? <Quiet service={service} /> : <NoneFits />;
  return (
    <Page
      title={service}
      lead={endpoints.data && !isNone ? <Lead endpoints={endpoints.data.endpoints} /> : undefined}
      aside={<Elsewhere service={service} />}
    >
      <Narrow key={where ?? ""} where={where} isWrong={isWrong} />
      <Answer
        query={series}
        rows={8}
        isEmpty={(data) => data.points.every((point) => point.requests === 0)}
        empty={none}
      >
        {(data) => (
          <Charts points={data.points} stepSecs={data.step_secs} readMs={readAt(series.dataUpdatedAt, now)} />
        )}
      </Answer>
      {isWrong || isNone ? null : (
        <Section title={t("service.endpoints")}>
          <Answer
            query={endpoints}
            isEmpty={(data) => data.endpoints.length === 0}
            empty={<Empty title={t("service.noEndpoints")} />}
          >
            {(data) => (
              <>
                <EndpointTable service={service} where={where} endpoints={data.endpoints} />
                <Exactness error={data.percentile_error} />
              </>
            )}
          </Answer>
        </Section>
      )}
      <Promises service={service} />
    </Page>
  );
}

/** Narrows rate, errors, latency and endpoints to the requests that a condition is true of. */
function Narrow({ where, isWrong }: { where: string | undefined; isWrong: boolean }) {
  const { t } = useTranslation();
  const set = useSetSearch();
  const [text, setText] = useState(where ?? "");
  return (
    <div className={css.narrow}>
      <Form
        inline
        label={t("service.narrow")}
        onSubmit={() => set({ where: text.trim() === "" ? undefined : text.trim() })}
      >
        <Condition value={text} example="resource['service.version'] = '2.3.0'" onChange={setText} />
        <Button type="submit">{t("request.show")}</Button>
        {where === undefined ? null : (
          <Button onClick={() => set({ where: undefined })}>{t("service.all")}</Button>
        )}
      </Form>
      {where === undefined || isWrong ? null : (
        <p role="status">
          <Muted>{t("service.narrowed")}</Muted>
        </p>
      )}
    </div>
  );
}

function NoneFits() {
  const { t } = useTranslation();
  const set = useSetSearch();
  return (
    <Empty title={t("service.noneFits")}>
      <Button onClick={() => set({ where: undefined })}>{t("service.all")}</Button>
    </Empty>
  );
}

function Elsewhere({ service }: { service: string }) {
  const { t } = useTranslation();
  return (
    <p className={css.elsewhere}>
      <Link to="/requests" search={{ service }}>
        {t("nav.requests")}
      </Link>
      <Link to="/logs" search={{ service }}>
        {t("nav.logs")}
      </Link>
      <Link to="/explore/metrics" search={{ service }}>
        {t("nav.metrics")}
      </Link>
      <Link to="/slos/-/new" search={{ service }}>
        {t("service.promise")}
      </Link>
    </p>
  );
}

function Lead({ endpoints }: { endpoints: readonly Endpoint[] }) {
  const { t } = useTranslation();
  const f = useFormat();
  const requests = endpoints.reduce((sum, each) => sum + each.requests, 0);
  const errors = endpoints.reduce((sum, each) => sum + each.errors, 0);
  if (requests === 0) return <p>{t("service.quiet")}</p>;
  const worst = [...endpoints].sort((a, b) => b.errors - a.errors)[0];
  const first =
    errors === 0
      ? t("service.sentenceFine", { requests: f.count(requests) })
      : t("service.sentence", {
          requests: f.count(requests),
          errors: f.count(errors),
          share: f.aboutPercent(errors / requests),
        });
  const second =
    errors > 0 && worst !== undefined
      ? t("service.sentenceWorst", { name: worst.name, errors: f.count(worst.errors) })
      : "";
  return <p>{[first, second].filter(Boolean).join(t("sentenceGap"))}</p>;
}

function Charts(props: { points: readonly ServicePoint[]; stepSecs: number; readMs: number }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { points, stepSecs, readMs } = props;
  const data = useMemo(() => {
    const of = (value: (point: ServicePoint) => number | null) =>
      points.map((point) => (isWhole(point.time, stepSecs, readMs) ? value(point) : null));
    return {
      times: points.map((point) => Date.parse(point.time) / 1000),
      rate: of((point) => point.requests / stepSecs),
      errors: of((point) => point.errors / stepSecs),
      p50: of((point) => point.p50_ms),
      p95: of((point) => point.p95_ms),
      p99: of((point) => point.p99_ms),
    };
  }, [points, stepSecs, readMs]);
  const perSecond = (value: number, apart?: number) =>
    t("service.perSecond", {
      n: apart === undefined ? rateText(value, f) : f.decimal(value, decimalsFor(apart)),
    });
  const shared = { times: data.times, sync: "service", height: 140 };
  return (
    <div className={css.charts}>
      <Section title={t("service.rate")}>
        <LineChart
          {...shared}
          label={t("service.rate")}
          format={perSecond}
          lines={[{ label: t("service.rate"), tone: "accent", values: data.rate }]}
        />
      </Section>
      <Section title={t("service.column.errors")}>
        <LineChart
          {...shared}
          label={t("service.column.errors")}
          format={perSecond}
          lines={[{ label: t("service.column.errors"), tone: "critical", values: data.errors }]}
        />
      </Section>
      <Section title={t("service.latency")}>
        <LineChart
          {...shared}
          label={t("service.latency")}
          format={(value) => f.ms(value)}
          lines={[
            { label: "p50", tone: "quiet", values: data.p50 },
            { label: "p95", tone: "accent", values: data.p95 },
            { label: "p99", tone: "critical", values: data.p99 },
          ]}
        />
      </Section>
    </div>
  );
}

/** Two significant digits where a whole number would hide a rate: one error in a minute is 0.017/s. */
function rateText(perSecond: number, f: Format): string {
  return perSecond < 10 ? f.about(perSecond) : f.decimal(perSecond, 0);
}

function Quiet({ service }: { service: string }) {
  const { t } = useTranslation();
  return (
    <Empty title={t("service.quiet")}>
      <Link to="/logs" search={{ service }}>
        {t("service.quietNext")}
      </Link>
    </Empty>
  );
}

function EndpointTable(props: {
  service: string;
  where: string | undefined;
  endpoints: readonly Endpoint[];
}) {
  const { t } = useTranslation();
  const f = useFormat();
  const { service, where } = props;
  const rows = [...props.endpoints].sort((a, b) => b.requests - a.requests);
  return (
    <Table
      label={t("service.endpoints")}
      rows={rows}
      rowKey={(row) => `${row.kind}/${row.name}`}
      columns={[
        {
          key: "name",
          title: t("request.column.request"),
          cell: (row) => (
            <>
              <RowLink to="/requests" search={{ service, name: row.name, where }}>
                {row.name}
              </RowLink>{" "}
              {row.kind === "server" ? null : <Muted>{row.kind}</Muted>}
            </>
          ),
        },
        {
          key: "requests",
          title: t("service.column.requests"),
          align: "end",
          cell: (row) => f.count(row.requests),
        },
        { key: "errors", title: t("service.column.errors"), align: "end", cell: (row) => errorText(row, f) },
        { key: "p50", title: "p50", align: "end", wide: true, cell: (row) => f.ms(row.p50_ms) },
        { key: "p95", title: "p95", align: "end", cell: (row) => f.ms(row.p95_ms) },
        { key: "p99", title: "p99", align: "end", wide: true, cell: (row) => f.ms(row.p99_ms) },
        {
          key: "promise",
          title: t("service.column.promise"),
          wide: true,
          keep: true,
          cell: (row) => (
            <Link
              to="/slos/-/new"
              search={{ service, endpoint: row.name }}
              aria-label={t("service.promiseOf", { name: row.name })}
            >
              {t("service.promise")}
            </Link>
          ),
        },
      ]}
    />
  );
}

function Promises({ service }: { service: string }) {
  const { t } = useTranslation();
  const { bounds } = useView();
  const slos = useSlos();
  const incidents =
    useIncidents().data?.incidents.filter((each) => each.service === service && each.state !== "resolved") ??
    [];
  const own = slos.data?.slos.filter((slo) => slo.service === service) ?? [];
  return (
    <>
      <Section title={t("nav.slos")}>
        <Answer
          query={slos}
          isEmpty={() => own.length === 0}
          empty={
            <Empty title={t("service.noSlos", { service })}>
              <Link to="/slos/-/new" search={{ service }}>
                {t("slo.firstFrom")}
              </Link>
            </Empty>
          }
        >
          {() => <SloTable slos={own} bounds={bounds} />}
        </Answer>
      </Section>
      {incidents.length > 0 ? (
        <Section title={t("incident.openTab")}>
          <IncidentRows incidents={incidents} />
        </Section>
      ) : null}
    </>
  );
}
