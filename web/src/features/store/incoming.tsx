// What comes in, by signal: rates over the last minutes, how late it is, how long senders wait.
import { useTranslation } from "react-i18next";
import type { StoreReport, StoreSignal } from "@/api/model";
import { Spark } from "@/charts/spark";
import { bytesText } from "@/lib/bytes";
import { useFormat, useNow } from "@/lib/view";
import { Muted, Section } from "@/ui/page";
import { Table } from "@/ui/table";
import { perMinute, whole } from "./flow";

const SIGNALS = ["spans", "logs", "metrics"] as const;

export function useSignalName(): (signal: string) => string {
  const { t } = useTranslation();
  return (signal) => {
    const known = SIGNALS.find((each) => each === signal);
    return known === undefined ? signal : t(`store.signal.${known}`);
  };
}

export function Incoming({ report }: { report: StoreReport }) {
  const { t } = useTranslation();
  const f = useFormat();
  const now = useNow();
  const name = useSignalName();
  const lag = (row: StoreSignal) => (row.lag_secs === null ? f.none : f.span(Math.max(0, row.lag_secs)));
  const rate = (row: StoreSignal, of: "items" | "bytes", show: (n: number) => string) => {
    const known = perMinute(row, of, report.since);
    return known === null ? f.none : show(Math.round(known));
  };
  return (
    <Section title={t("store.incoming")} note={t("store.incomingNote")}>
      <Table
        label={t("store.incoming")}
        rows={report.signals}
        rowKey={(row) => row.signal}
        columns={[
          {
            key: "signal",
            title: t("store.column.signal"),
            cell: (row) => <strong>{name(row.signal)}</strong>,
          },
          {
            key: "rate",
            title: t("store.column.perMinute"),
            align: "end",
            cell: (row) => rate(row, "items", f.count),
          },
          {
            key: "minutes",
            title: t("store.column.minutes"),
            wide: true,
            cell: (row) => <Spark values={whole(row).map((minute) => minute.items)} tone="accent" />,
          },
          {
            key: "bytes",
            title: t("store.column.bytesPerMinute"),
            align: "end",
            wide: true,
            cell: (row) => rate(row, "bytes", (bytes) => bytesText(bytes, f)),
          },
          {
            key: "last",
            title: t("store.column.lastReceived"),
            keep: true,
            cell: (row) =>
              row.last_received_at === null ? (
                <Muted>{t("store.notYet")}</Muted>
              ) : (
                f.ago(row.last_received_at, now)
              ),
          },
          { key: "lag", title: t("store.column.lag"), align: "end", cell: lag },
          {
            key: "ack",
            title: t("store.column.ack"),
            align: "end",
            wide: true,
            cell: (row) => f.ms(row.ack_ms),
          },
          {
            key: "items",
            title: t("store.column.items"),
            align: "end",
            wide: true,
            cell: (row) => f.count(row.items),
          },
        ]}
      />
    </Section>
  );
}
