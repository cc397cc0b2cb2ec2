// Every period of an SLO that has several, side by side: the same events, held against the same target.
import { useTranslation } from "react-i18next";
import type { Objective, Slo, SloWindow } from "@/api/model";
import { budgetCount, digitsFor } from "@/lib/promise";
import { useFormat } from "@/lib/view";
import { Muted, Section } from "@/ui/page";
import { BudgetLeft } from "@/ui/slo-table";
import { Table } from "@/ui/table";
import { Period, signed } from "./objective";

interface Row {
  objective: Objective;
  window: SloWindow;
}

export function Windows({ slo }: { slo: Slo }) {
  const { t } = useTranslation();
  const f = useFormat();
  const rows: Row[] = slo.objectives.flatMap((objective) =>
    objective.windows.map((window) => ({ objective, window })),
  );
  if (slo.objectives.every((objective) => objective.windows.length < 2)) return null;
  const several = slo.objectives.length > 1;
  return (
    <Section title={t("slo.windows.title")} note={t("slo.windows.note")}>
      <Table
        label={t("slo.windows.title")}
        rows={rows}
        rowKey={({ objective, window }) => `${objective.display_name}${objective.target}${window.window}`}
        columns={[
          {
            key: "window",
            title: t("slo.windows.window"),
            cell: ({ objective, window }) => (
              <>
                {several ? <Muted>{objective.display_name || f.percent(objective.target, 6)} </Muted> : null}
                <Period window={window} />
              </>
            ),
          },
          {
            key: "attained",
            title: t("slo.column.attained"),
            align: "end",
            cell: ({ objective, window }) =>
              window.attained === null ? (
                <Muted>{f.none}</Muted>
              ) : (
                f.percent(window.attained, digitsFor(objective.target))
              ),
          },
          {
            key: "budget",
            title: t("slo.windows.budget"),
            align: "end",
            cell: (row) => <Budget {...row} />,
          },
          {
            key: "coverage",
            title: t("slo.windows.coverage"),
            align: "end",
            cell: ({ window }) => f.percent(window.coverage, 1),
          },
        ]}
      />
    </Section>
  );
}

function Budget({ objective, window }: Row) {
  const { t } = useTranslation();
  const f = useFormat();
  const counted = budgetCount(window);
  return (
    <>
      <BudgetLeft left={window.budget_remaining} />
      {counted === null ? null : (
        <>
          <br />
          <Muted>
            {t(objective.slices === null ? "slo.windows.failures" : "slo.windows.slices", {
              left: signed(counted.left, f.count),
              allowed: f.count(counted.allowed),
            })}
          </Muted>
        </>
      )}
    </>
  );
}
