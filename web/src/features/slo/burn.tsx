// Burn pairs as they stand, and those left out with the reason. A pair fires only when both windows are over.
import { useTranslation } from "react-i18next";
import type { Burn, BurnOmitted, Slo } from "@/api/model";
import { useFormat } from "@/lib/view";
import { Muted } from "@/ui/page";
import { StateLabel } from "@/ui/state";
import { Table } from "@/ui/table";
import css from "./burn.module.css";

interface Row {
  pair: Burn | BurnOmitted;
  objective: string;
  omitted: string | null;
}

export function BurnTable({ slo }: { slo: Slo }) {
  const { t } = useTranslation();
  const f = useFormat();
  const rows: Row[] = slo.objectives.flatMap((objective) => {
    const name =
      slo.objectives.length > 1 ? `${objective.display_name || f.percent(objective.target, 6)} ` : "";
    return [
      ...objective.burn.map((pair) => ({ pair, objective: name, omitted: null })),
      ...objective.burn_omitted.map((pair) => ({ pair, objective: name, omitted: pair.reason })),
    ];
  });
  return (
    <Table
      label={t("slo.burn.title")}
      rows={rows}
      rowKey={(row) => `${row.objective}${row.pair.severity}${row.pair.long_secs}`}
      columns={[
        {
          key: "severity",
          title: t("slo.burn.severity"),
          cell: (row) => (
            <>
              <Muted>{row.objective}</Muted>
              {t(`slo.burn.${row.pair.severity}`)}
            </>
          ),
        },
        { key: "long", title: t("slo.burn.long"), align: "end", cell: (row) => f.span(row.pair.long_secs) },
        {
          key: "short",
          title: t("slo.burn.short"),
          align: "end",
          wide: true,
          cell: (row) => f.span(row.pair.short_secs),
        },
        {
          key: "factor",
          title: t("slo.burn.factor"),
          align: "end",
          cell: (row) => `${f.factor(row.pair.factor)}×`,
        },
        { key: "now", title: t("slo.burn.now"), align: "end", cell: (row) => <Now row={row} /> },
        { key: "state", title: t("slo.column.state"), cell: (row) => <PairState row={row} /> },
      ]}
    />
  );
}

function Now({ row }: { row: Row }) {
  const f = useFormat();
  if (!("firing" in row.pair)) return <Muted>{f.none}</Muted>;
  const text = (burn: number | null) => (burn === null ? f.none : f.decimal(burn, burn >= 100 ? 0 : 1));
  return (
    <>
      {text(row.pair.long_burn)} / {text(row.pair.short_burn)}
    </>
  );
}

function PairState({ row }: { row: Row }) {
  const { t } = useTranslation();
  if (row.omitted !== null) {
    return (
      <span className={css.omitted}>
        {t("slo.burn.omitted")} <Muted>{row.omitted}</Muted>
      </span>
    );
  }
  if (!("firing" in row.pair)) return null;
  if (row.pair.firing) return <StateLabel state={row.pair.severity === "page" ? "critical" : "rising"} />;
  return <StateLabel state={row.pair.long_burn === null ? "no_data" : "fine"} />;
}
