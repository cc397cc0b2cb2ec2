// Every service that sends data, busiest first.
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Service } from "@/api/model";
import { useServices, useStatus } from "@/api/reads";
import { useFormat, useNow, useSetSearch, useView } from "@/lib/view";
import { Answer, Empty } from "@/ui/answer";
import { Button } from "@/ui/button";
import { Muted, Page, Section } from "@/ui/page";
import { RowLink, Table } from "@/ui/table";
import { errorText } from "./errors";
import { Exactness } from "./exactness";

export function ServicesPage() {
  const { t } = useTranslation();
  const { bounds, scope, range } = useView();
  const f = useFormat();
  const query = useServices(bounds, scope);
  return (
    <Page
      title={t("nav.services")}
      lead={
        query.data && query.data.services.length > 0 ? <Lead services={query.data.services} /> : undefined
      }
    >
      <Section
        title={t("nav.services")}
        note={range === null ? `${f.dateTime(bounds.from)} – ${f.dateTime(bounds.to)}` : t(`range.${range}`)}
      >
        <Answer query={query} rows={8} isEmpty={(data) => data.services.length === 0} empty={<None />}>
          {(data) => (
            <>
              <ServiceTable services={data.services} />
              <Exactness error={data.percentile_error} />
            </>
          )}
        </Answer>
      </Section>
    </Page>
  );
}

function Lead({ services }: { services: readonly Service[] }) {
  const { t } = useTranslation();
  const f = useFormat();
  const requests = services.reduce((sum, each) => sum + each.requests, 0);
  const most = [...services].sort((a, b) => b.errors - a.errors)[0];
  const first = t("service.lead", { count: services.length, requests: f.count(requests) });
  if (most === undefined || most.errors === 0)
    return <p>{[first, t("service.noErrors")].join(t("sentenceGap"))}</p>;
  return (
    <p>
      {[first, t("service.mostErrors", { service: most.service, errors: f.count(most.errors) })].join(
        t("sentenceGap"),
      )}
    </p>
  );
}

function ServiceTable({ services }: { services: readonly Service[] }) {
  const { t } = useTranslation();
  const f = useFormat();
  const now = useNow();
  const rows = [...services].sort((a, b) => b.requests - a.requests);
  return (
    <Table
      label={t("nav.services")}
      rows={rows}
      rowKey={(row) => row.service}
      columns={[
        {
          key: "name",
          title: t("service.column.service"),
          cell: (row) => (
            <>
              <RowLink to="/services/$service" params={{ service: row.service }}>
                {row.service}
              </RowLink>{" "}
              <Muted>{row.namespaces.filter(Boolean).join(", ")}</Muted>
            </>
          ),
        },
        {
          key: "environment",
          title: t("service.column.environment"),
          wide: true,
          cell: (row) => <Muted>{row.environments.filter(Boolean).join(", ")}</Muted>,
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
          key: "seen",
          title: t("service.column.lastSeen"),
          align: "end",
          wide: true,
          cell: (row) => f.ago(row.last_seen, now),
        },
      ]}
    />
  );
}

/** Never sent anything, or nothing in this range: two different ways on. */
function None() {
  const { t } = useTranslation();
  const set = useSetSearch();
  const status = useStatus();
  if (status.data !== undefined && (status.data.services_seen > 0 || status.data.last_received_at !== null)) {
    return (
      <Empty title={t("service.emptyRange")}>
        <Button onClick={() => set({ range: "7d", from: undefined, to: undefined, env: undefined })}>
          {t("service.wider")}
        </Button>
      </Empty>
    );
  }
  return (
    <Empty title={t("service.empty")}>
      <Link to="/setup">{t("setup.sendFirst")}</Link>
    </Empty>
  );
}
