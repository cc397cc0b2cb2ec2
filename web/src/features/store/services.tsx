// Who takes the space: each service's part of the segments, in bytes and, by signal, in rows.
import { useTranslation } from "react-i18next";
import type { StoreReport, StoreService, StoreShare } from "@/api/model";
import { Meter } from "@/charts/meter";
import { bytesText } from "@/lib/bytes";
import { useFormat, useSetSearch } from "@/lib/view";
import { Choice } from "@/ui/field";
import { Muted, Section } from "@/ui/page";
import { RowLink, Table } from "@/ui/table";
import css from "./page.module.css";
import { readSort, SORTS, type Sort, sorted } from "./sort";

/** A row of the table: a service, or the rest of them, which has no page. */
interface Row {
  name: string;
  isRest: boolean;
  shares: Omit<StoreService, "service">;
}

export function Services({ report, sort }: { report: StoreReport; sort: Sort }) {
  const { t } = useTranslation();
  const f = useFormat();
  const rests = [
    { name: t("store.otherServices"), isRest: true, shares: report.other_services },
    { name: t("store.unknownServices"), isRest: true, shares: report.unknown_services },
  ].filter((each) => each.shares.total.rows > 0);
  const named = sorted(report.services, sort).map(({ service, ...shares }) => ({
    name: service,
    isRest: false,
    shares,
  }));
  const rows: Row[] = [...named, ...rests];
  const all = rows.reduce((sum, row) => sum + row.shares.total.bytes, 0);
  const bytes = (n: number) => (n === 0 ? f.none : bytesText(n, f));
  return (
    <Section title={t("store.services")} note={t("store.servicesNote")} actions={<Sorting sort={sort} />}>
      {rows.length === 0 ? (
        <p className={css.note}>{t("store.noSegments")}</p>
      ) : (
        <Table
          label={t("store.services")}
          rows={rows}
          rowKey={(row) => `${row.isRest}/${row.name}`}
          columns={[
            { key: "service", title: t("store.column.service"), cell: (row) => <Name row={row} /> },
            {
              key: "bytes",
              title: t("store.column.bytes"),
              align: "end",
              cell: (row) => bytes(row.shares.total.bytes),
            },
            {
              key: "share",
              title: t("store.column.share"),
              align: "end",
              wide: true,
              cell: (row) => f.aboutPercent(row.shares.total.bytes / Math.max(1, all)),
            },
            {
              key: "bar",
              title: t("store.column.ofAll"),
              wide: true,
              cell: (row) => <Meter spent={row.shares.total.bytes / Math.max(1, all)} tone="accent" />,
            },
            ...(["spans", "logs", "metrics"] as const).map((signal) => ({
              key: signal,
              title: t(`store.signal.${signal}`),
              align: "end" as const,
              keep: true as const,
              cell: (row: Row) => <OneSignal share={row.shares[signal]} />,
            })),
          ]}
        />
      )}
    </Section>
  );
}

/** How many rows of one signal, and what they take: never added to those of another. */
function OneSignal({ share }: { share: StoreShare }) {
  const f = useFormat();
  if (share.rows === 0) return <Muted>{f.none}</Muted>;
  return (
    <>
      {f.count(share.rows)}
      <span className={css.takes}>{bytesText(share.bytes, f)}</span>
    </>
  );
}

function Sorting({ sort }: { sort: Sort }) {
  const { t } = useTranslation();
  const set = useSetSearch();
  return (
    <Choice
      aria-label={t("store.sortBy")}
      value={sort}
      onChange={(event) => {
        const by = readSort(event.target.value);
        set({ sort: by === "bytes" ? undefined : by });
      }}
    >
      {SORTS.map((each) => (
        <option key={each} value={each}>
          {t(`store.sort.${each}`)}
        </option>
      ))}
    </Choice>
  );
}

function Name({ row }: { row: Row }) {
  if (row.isRest) return <Muted>{row.name}</Muted>;
  return (
    <RowLink to="/services/$service" params={{ service: row.name }}>
      {row.name}
    </RowLink>
  );
}
