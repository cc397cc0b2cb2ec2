// What was refused since the start, why, and what to do about each reason.
import { useTranslation } from "react-i18next";
import type { StoreReport } from "@/api/model";
import { useFormat } from "@/lib/view";
import { Muted, Section } from "@/ui/page";
import { Table } from "@/ui/table";
import { useSignalName } from "./incoming";
import { readReason } from "./reasons";

interface Row {
  key: string;
  signal: string;
  transport: string | null;
  reason: string;
  count: number;
}

function rowsOf(report: StoreReport): Row[] {
  const items = report.signals.flatMap(({ signal, rejected }) =>
    rejected.map((each) => ({
      key: `${signal}/${each.reason}`,
      signal,
      transport: null,
      reason: each.reason,
      count: each.items,
    })),
  );
  const requests = report.refused.map((each) => ({
    key: `${each.transport}/${each.signal}/${each.reason}`,
    signal: each.signal,
    transport: each.transport,
    reason: each.reason,
    count: each.requests,
  }));
  return [...requests, ...items];
}

export function Refused({ report }: { report: StoreReport }) {
  const { t } = useTranslation();
  const f = useFormat();
  const name = useSignalName();
  const rows = rowsOf(report);
  const since = t("store.since", { when: f.dateTime(report.since) });
  const count = (row: Row) => {
    const counted = { count: row.count, n: f.count(row.count) };
    return row.transport === null ? t("store.itemsRefused", counted) : t("store.requestsRefused", counted);
  };
  return (
    <Section title={t("store.refused")} note={since}>
      {rows.length === 0 ? (
        <p>{t("store.noneRefused")}</p>
      ) : (
        <Table
          label={t("store.refused")}
          rows={rows}
          rowKey={(row) => row.key}
          columns={[
            {
              key: "reason",
              title: t("store.column.reason"),
              cell: (row) => <Reason reason={row.reason} />,
            },
            {
              key: "signal",
              title: t("store.column.signal"),
              wide: true,
              cell: (row) => (
                <>
                  {name(row.signal)} <Muted>{row.transport}</Muted>
                </>
              ),
            },
            { key: "count", title: t("store.column.count"), align: "end", cell: count },
          ]}
        />
      )}
    </Section>
  );
}

function Reason({ reason }: { reason: string }) {
  const { t } = useTranslation();
  const known = readReason(reason);
  if (known === undefined) return <strong>{reason}</strong>;
  return (
    <>
      <strong>{t(`store.reason.${known}`)}</strong>
      <div>
        <Muted>{t(`store.reasonNext.${known}`)}</Muted>
      </div>
    </>
  );
}
