// Burn pairs as they stand, and those left out with the reason. A pair fires only when both windows are over.
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Burn, BurnOmitted, Objective, Slo } from "@/api/model";
import { useFormat } from "@/lib/view";
import { Muted } from "@/ui/page";
import { StateLabel } from "@/ui/state";
import { Table } from "@/ui/table";
import css from "./burn.module.css";

interface Row {
  pair: Burn | BurnOmitted;
  objective: string;
  omitted: string | null;
  backfilling: boolean;
}

/** A pair that fires goes on until its short window is below this share of its factor. */
const RESOLVES_BELOW = 0.9;

export function BurnTable({ slo }: { slo: Slo }) {
  const { t } = useTranslation();
  const f = useFormat();
  const rowsOf = (name: string, of: Pick<Objective, "burn" | "burn_omitted">): Row[] => {
    const shared = { objective: name, backfilling: slo.backfilling };
    return [
      ...of.burn.map((pair) => ({ ...shared, pair, omitted: null })),
      ...of.burn_omitted.map((pair) => ({ ...shared, pair, omitted: pair.reason })),
    ];
  };
  const rows = slo.composite
    ? rowsOf("", slo.composite)
    : slo.objectives.flatMap((objective) =>
        rowsOf(
          slo.objectives.length > 1 ? `${objective.display_name || f.percent(objective.target, 6)} ` : "",
          objective,
        ),
      );
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
  if (!("firing" in row.pair) || row.backfilling) return <Muted>{f.none}</Muted>;
  const text = (burn: number | null) => (burn === null ? f.none : f.decimal(burn, burn >= 100 ? 0 : 1));
  return (
    <>
      {text(row.pair.long_burn)} / {text(row.pair.short_burn)}
    </>
  );
}

function PairState({ row }: { row: Row }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { pair, omitted, backfilling } = row;
  if (omitted !== null) return <Why state={t("slo.burn.omitted")} why={omitted} />;
  if (!("firing" in pair)) return null;
  if (backfilling && !pair.firing) return <Muted>{f.none}</Muted>;
  if (pair.too_few) return <Why state={t("slo.burn.tooFew")} why={t("slo.burn.tooFewWhy")} />;
  if (pair.firing) return <Firing pair={pair} backfilling={backfilling} />;
  return <StateLabel state={pair.long_burn === null ? "no_data" : "fine"} />;
}

/** That it fires, and why it does so where its burn alone does not say it. */
function Firing({ pair, backfilling }: { pair: Burn; backfilling: boolean }) {
  const { t } = useTranslation();
  const f = useFormat();
  const label = <StateLabel state={pair.severity === "page" ? "critical" : "rising"} />;
  const over = (burn: number | null) => burn !== null && burn >= pair.factor;
  if (backfilling) return <Why state={label} why={t("slo.burn.heldBackfilling")} />;
  if (pair.held) return <Why state={label} why={t("slo.burn.held")} />;
  if (over(pair.long_burn) && over(pair.short_burn)) return label;
  return <Why state={label} why={t("slo.burn.goesOn", { below: f.factor(pair.factor * RESOLVES_BELOW) })} />;
}

function Why({ state, why }: { state: ReactNode; why: string }) {
  return (
    <span className={css.why}>
      {state} <Muted>{why}</Muted>
    </span>
  );
}
