// Who was told and how it went. What failed says why and when it is tried again.
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Delivery } from "@/api/model";
import { useFormat } from "@/lib/view";
import { Empty } from "@/ui/answer";
import { Muted } from "@/ui/page";
import { Glyph } from "@/ui/state";
import { Table } from "@/ui/table";

const GLYPH = { pending: "no_data", delivered: "fine", failed: "rising", abandoned: "critical" } as const;

export function Deliveries({ deliveries, muted }: { deliveries: readonly Delivery[]; muted: boolean }) {
  const { t } = useTranslation();
  const f = useFormat();
  if (deliveries.length === 0) {
    return (
      <Empty title={muted ? t("incident.delivery.muted") : t("incident.delivery.none")}>
        <Link to="/setup" search={{ tab: "targets" }}>
          {t("incident.delivery.noneNext")}
        </Link>
      </Empty>
    );
  }
  return (
    <Table
      label={t("incident.delivery.title")}
      rows={deliveries}
      rowKey={(row) => String(row.id)}
      columns={[
        {
          key: "target",
          title: t("incident.delivery.target"),
          cell: (row) => (
            <>
              {row.target} <Muted>{row.channel}</Muted>
            </>
          ),
        },
        {
          key: "state",
          title: t("slo.column.state"),
          cell: (row) => (
            <>
              <Glyph state={GLYPH[row.state]} /> {t(`incident.delivery.${row.state}`)}
              {row.last_error ? (
                <p>
                  <Muted>{row.last_error}</Muted>
                </p>
              ) : null}
            </>
          ),
        },
        {
          key: "attempts",
          title: t("incident.delivery.attempts"),
          align: "end",
          wide: true,
          cell: (row) => f.count(row.attempts),
        },
        { key: "when", title: t("incident.delivery.when"), cell: (row) => <When row={row} /> },
      ]}
    />
  );
}

function When({ row }: { row: Delivery }) {
  const { t } = useTranslation();
  const f = useFormat();
  if (row.delivered_at) return <>{f.dateTimeSeconds(row.delivered_at)}</>;
  if (row.next_attempt_at)
    return <>{t("incident.delivery.next", { when: f.dateTimeSeconds(row.next_attempt_at) })}</>;
  return <Muted>{f.none}</Muted>;
}
