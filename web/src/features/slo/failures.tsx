// The requests behind the bad count: each one a user. They lead to the trace, at the span that failed.
import { Link } from "@tanstack/react-router";
import { Fragment } from "react";
import { useTranslation } from "react-i18next";
import type { Slo, SloFailure } from "@/api/model";
import { useSloFailures } from "@/api/reads";
import { countsIncreases, sliOf } from "@/lib/promise";
import { useFormat, useSetSearch, useView } from "@/lib/view";
import { Answer, Empty } from "@/ui/answer";
import { Button } from "@/ui/button";
import { Muted, Section } from "@/ui/page";
import { Clip, RowLink, Table } from "@/ui/table";

export function Failures({ slo, place }: { slo: Slo; place: number }) {
  const { t } = useTranslation();
  const { bounds, range } = useView();
  const f = useFormat();
  const query = useSloFailures(slo.name, bounds, slo.composite ? place : undefined);
  const note = range === null ? `${f.dateTime(bounds.from)} – ${f.dateTime(bounds.to)}` : t(`range.${range}`);
  if (countsIncreases({ sli: sliOf(slo, place) })) {
    return (
      <Section title={t("slo.failures.title")}>
        <Empty title={t("slo.failures.summed")} />
      </Section>
    );
  }
  return (
    <Section title={t("slo.failures.title")} note={`${note} · ${t("request.newest")}`}>
      <Answer query={query} isEmpty={(data) => data.failures.length === 0} empty={<NoFailures slo={slo} />}>
        {(data) => <FailureTable failures={data.failures} />}
      </Answer>
    </Section>
  );
}

function FailureTable({ failures }: { failures: readonly SloFailure[] }) {
  const { t } = useTranslation();
  const f = useFormat();
  return (
    <Table
      label={t("slo.failures.title")}
      rows={failures}
      rowKey={(row) => `${row.time}/${row.trace_id}/${row.span_id}`}
      columns={[
        { key: "time", title: t("slo.failures.when"), keep: true, cell: (row) => <When row={row} /> },
        {
          key: "what",
          title: t("request.column.request"),
          cell: (row) => (
            <Fragment>
              <Muted>{row.service} </Muted>
              {row.name}
              {row.message ? (
                <Clip title={row.message}>
                  <Muted>{row.message}</Muted>
                </Clip>
              ) : null}
            </Fragment>
          ),
        },
        { key: "took", title: t("request.column.took"), align: "end", cell: (row) => f.ms(row.duration_ms) },
        {
          key: "user",
          title: t("slo.failures.user"),
          wide: true,
          cell: (row) => row.user_id ?? <Muted>{f.none}</Muted>,
        },
      ]}
    />
  );
}

function When({ row }: { row: SloFailure }) {
  const f = useFormat();
  if (row.trace_id === null) return <>{f.dateTimeSeconds(row.time)}</>;
  return (
    <RowLink
      to="/traces/$traceId"
      params={{ traceId: row.trace_id }}
      search={{ span: row.span_id ?? undefined }}
    >
      {f.dateTimeSeconds(row.time)}
    </RowLink>
  );
}

function NoFailures({ slo }: { slo: Slo }) {
  const { t } = useTranslation();
  const set = useSetSearch();
  return (
    <Empty title={t("slo.failures.none")}>
      <Button onClick={() => set({ range: "30d", from: undefined, to: undefined })}>
        {t("slo.failures.wider")}
      </Button>{" "}
      {slo.service ? (
        <Link to="/requests" search={{ service: slo.service }}>
          {t("slo.failures.all", { service: slo.service })}
        </Link>
      ) : null}
    </Empty>
  );
}
