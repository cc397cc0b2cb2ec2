// The parts of a composite SLO: what each weighs, attained and spent of its own budget, and what that is of the budget that all of
// them share. Choosing one opens its numbers below.
import { useTranslation } from "react-i18next";
import type { Objective, Slo } from "@/api/model";
import { digitsFor } from "@/lib/promise";
import { useFormat, useSetSearch } from "@/lib/view";
import { Button } from "@/ui/button";
import { Muted, Section } from "@/ui/page";
import { Table } from "@/ui/table";

interface Row {
  objective: Objective;
  place: number;
  own: number | null;
  whole: number;
}

export function Parts({ slo, place }: { slo: Slo; place: number }) {
  const { t } = useTranslation();
  const f = useFormat();
  const set = useSetSearch();
  const spent = slo.composite?.windows[0]?.parts;
  if (spent === undefined) return null;
  const rows: Row[] = slo.objectives.map((objective, at) => ({
    objective,
    place: at,
    own: spent[at]?.own_spent ?? null,
    whole: spent[at]?.composite_spent ?? 0,
  }));
  const nothing = <Muted>{t("slo.parts.nothing")}</Muted>;
  return (
    <Section title={t("slo.parts.title")} note={t("slo.parts.note")}>
      <Table
        label={t("slo.parts.title")}
        rows={rows}
        rowKey={(row) => String(row.place)}
        selected={String(place)}
        columns={[
          {
            key: "part",
            title: t("slo.parts.part"),
            cell: (row) => (
              <Button
                weight="quiet"
                aria-pressed={row.place === place}
                onClick={() => set({ objective: String(row.place) })}
              >
                {row.objective.display_name || f.percent(row.objective.target, 6)}
              </Button>
            ),
          },
          {
            key: "weight",
            title: t("slo.parts.weight"),
            align: "end",
            wide: true,
            cell: (row) => (
              <>
                {row.objective.part?.weight ?? 1}{" "}
                <Muted>{f.percent(row.objective.part?.weight_share ?? 0, 1)}</Muted>
              </>
            ),
          },
          {
            key: "target",
            title: t("slo.parts.target"),
            align: "end",
            wide: true,
            cell: (row) => f.percent(row.objective.target, 6),
          },
          {
            key: "attained",
            title: t("slo.parts.attained"),
            align: "end",
            cell: ({ objective }) => {
              const attained = objective.windows[0]?.attained ?? null;
              return attained === null ? nothing : f.percent(attained, digitsFor(objective.target));
            },
          },
          {
            key: "own",
            title: t("slo.parts.own"),
            align: "end",
            wide: true,
            cell: (row) => (row.own === null ? nothing : f.percent(row.own, 1)),
          },
          {
            key: "whole",
            title: t("slo.parts.whole"),
            align: "end",
            cell: (row) => f.percent(row.whole, 1),
          },
        ]}
      />
    </Section>
  );
}
