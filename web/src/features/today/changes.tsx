// The requests that got worse most, each against the same length of time before.
import { useTranslation } from "react-i18next";
import type { EndpointChange } from "@/api/model";
import { useFormat } from "@/lib/view";
import { Muted } from "@/ui/page";
import { RowLink, Table } from "@/ui/table";

export function Changes({
  changes,
  marked,
}: {
  changes: readonly EndpointChange[];
  marked: (id: string) => boolean;
}) {
  const { t } = useTranslation();
  const f = useFormat();
  const idOf = (row: EndpointChange) => `request/${row.service}/${row.name}`;
  return (
    <Table
      label={t("today.changes")}
      rows={changes}
      rowKey={idOf}
      columns={[
        {
          key: "name",
          title: t("request.column.request"),
          cell: (row) => (
            <>
              <Muted>{row.service} </Muted>
              <RowLink to="/requests" search={{ service: row.service, name: row.name }} rowId={idOf(row)}>
                {row.name}
              </RowLink>
              {marked(idOf(row)) ? <Muted> ✓ {t("today.discussed")}</Muted> : null}
            </>
          ),
        },
        {
          key: "p95",
          title: "p95",
          align: "end",
          cell: (row) => arrow(f.ms(row.baseline_p95_ms), f.ms(row.p95_ms)),
        },
        {
          key: "errors",
          title: t("service.column.errors"),
          align: "end",
          cell: (row) => arrow(f.count(row.baseline_errors), f.count(row.errors)),
        },
        {
          key: "users",
          title: t("request.column.users"),
          align: "end",
          wide: true,
          cell: (row) => (row.users === null ? f.none : f.count(row.users)),
        },
      ]}
    />
  );
}

function arrow(before: string, now: string) {
  return (
    <>
      <Muted>{before} → </Muted>
      {now}
    </>
  );
}
