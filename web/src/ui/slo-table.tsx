// SLOs by budget spent: one row a promise. Used wherever a page lists them.
import { useTranslation } from "react-i18next";
import type { Slo, SloPoint } from "@/api/model";
import { useSloSeries } from "@/api/reads";
import { Meter } from "@/charts/meter";
import { Spark, thin } from "@/charts/spark";
import { budgetLeft, bySpent, digitsFor, exhaustsAt, hourBurn, nameOf, worst } from "@/lib/promise";
import type { Bounds } from "@/lib/range";
import { isWhole, readAt } from "@/lib/steps";
import { useFormat, useNow } from "@/lib/view";
import { Muted } from "./page";
import { StateLabel } from "./state";
import { type Column, RowLink, Table } from "./table";

const SPARKS_MOST = 12;

export function SloTable({
  slos,
  bounds,
  marked,
}: {
  slos: readonly Slo[];
  bounds: Bounds;
  marked?: (id: string) => boolean;
}) {
  const { t } = useTranslation();
  const columns = useColumns(bounds, slos.length <= SPARKS_MOST, marked);
  const rows = [...slos].sort(bySpent);
  return <Table label={t("nav.slos")} columns={columns} rows={rows} rowKey={(slo) => slo.name} />;
}

function useColumns(bounds: Bounds, sparks: boolean, marked?: (id: string) => boolean): Column<Slo>[] {
  const { t } = useTranslation();
  const f = useFormat();
  const none = <Muted>{f.none}</Muted>;
  const spark: Column<Slo> = {
    key: "spark",
    title: t("slo.column.failing"),
    wide: true,
    cell: (slo) => <SloSpark slo={slo} bounds={bounds} />,
  };
  return [
    {
      key: "state",
      title: t("slo.column.state"),
      width: "88px",
      cell: (slo) => <StateLabel state={slo.state} />,
    },
    {
      key: "name",
      title: t("slo.column.name"),
      cell: (slo) => <SloName slo={slo} done={marked?.(`slo/${slo.name}`)} />,
    },
    {
      key: "target",
      title: t("slo.column.target"),
      align: "end",
      wide: true,
      cell: (slo) =>
        slo.composite ? (
          <Muted>
            {t("slo.parts.count", {
              count: slo.objectives.length,
              parts: f.count(slo.objectives.length),
            })}
          </Muted>
        ) : (
          f.percent(worst(slo).objective?.target ?? 0, 6)
        ),
    },
    {
      key: "attained",
      title: t("slo.column.attained"),
      align: "end",
      wide: true,
      cell: (slo) => {
        const { objective, window } = worst(slo);
        return slo.composite || window?.attained == null
          ? none
          : f.percent(window.attained, digitsFor(objective?.target ?? 0));
      },
    },
    {
      key: "spent",
      title: t("slo.column.spent"),
      wide: true,
      width: "132px",
      cell: (slo) => {
        const left = budgetLeft(slo);
        return <Meter spent={left === null ? null : 1 - left} tone={slo.state} />;
      },
    },
    {
      key: "budget",
      title: t("slo.column.budget"),
      align: "end",
      cell: (slo) => <BudgetLeft left={budgetLeft(slo)} />,
    },
    {
      key: "burn",
      title: t("slo.column.burn"),
      align: "end",
      wide: true,
      cell: (slo) => {
        const burn = hourBurn(slo);
        return burn === null ? none : f.times(burn);
      },
    },
    ...(sparks ? [spark] : []),
    { key: "gone", title: t("slo.column.gone"), wide: true, cell: (slo) => <GoneBy slo={slo} /> },
  ];
}

function SloName({ slo, done }: { slo: Slo; done: boolean | undefined }) {
  const { t } = useTranslation();
  const f = useFormat();
  return (
    <>
      <RowLink to="/slos/$name" params={{ name: slo.name }} rowId={`slo/${slo.name}`}>
        {nameOf(slo)}
      </RowLink>
      {done ? <Muted> ✓ {t("today.discussed")}</Muted> : null}
      {slo.muted_until ? <Muted> {t("slo.mutedUntil", { when: f.dateTime(slo.muted_until) })}</Muted> : null}
      {slo.backfilling ? <Muted> {t("slo.backfilling")}</Muted> : null}
    </>
  );
}

/** A signed share with its meaning: never a bare minus, never a number that was not measured. */
export function BudgetLeft({ left }: { left: number | null }) {
  const { t } = useTranslation();
  const f = useFormat();
  if (left === null) return <Muted>{f.none}</Muted>;
  return <>{left < 0 ? f.signedPercent(left) : t("slo.left", { left: f.aboutPercent(left) })}</>;
}

function GoneBy({ slo }: { slo: Slo }) {
  const { t } = useTranslation();
  const f = useFormat();
  const gone = exhaustsAt(slo);
  if (gone !== null) return <>{f.soon(gone)}</>;
  const left = budgetLeft(slo);
  if (left === null || slo.backfilling) return <Muted>{f.none}</Muted>;
  return <Muted>{left <= 0 ? t("slo.alreadyGone") : t("slo.notAtThisRate")}</Muted>;
}

function SloSpark({ slo, bounds }: { slo: Slo; bounds: Bounds }) {
  const { data, dataUpdatedAt } = useSloSeries(slo.name, bounds);
  const now = useNow();
  const stepSecs = data?.step_secs ?? 0;
  const readMs = readAt(dataUpdatedAt, now);
  const shares = (data?.points ?? []).map((point) =>
    errorShare(point, isWhole(point.time, stepSecs, readMs)),
  );
  return <Spark values={thin(shares)} tone={slo.state} />;
}

/** A share holds for part of a step too; but that nothing came in the part that is over says nothing yet. */
function errorShare(point: SloPoint, whole: boolean): number | null {
  if (point.gap === "unmeasured" || point.gap === "excluded") return null;
  const all = point.good + point.bad;
  if (all === 0) return whole ? 0 : null;
  return point.bad / all;
}
