// What the numbers of an agreement say, in sentences. Pure: every number comes from the server.
import type { TFunction } from "i18next";
import type { Sla, SlaPeriod, SlaVerdict, SloState } from "@/api/model";
import type { Format } from "@/lib/format";
import { digitsFor } from "@/lib/promise";

/** A verdict by the shapes that people know. */
export const STATE_OF: Record<SlaVerdict, SloState> = {
  kept: "fine",
  broken: "critical",
  unknown: "no_data",
};

/** The period that goes on, where the agreement holds now. */
export function running(sla: Sla): SlaPeriod | undefined {
  return sla.periods.find((period) => period.running);
}

/** The last one that has ended. */
export function before(sla: Sla): SlaPeriod | undefined {
  return sla.periods.find((period) => !period.running);
}

/** How it stands, in a sentence or two. */
export function standing(sla: Sla, t: TFunction, f: Format): string {
  const period = running(sla);
  if (period === undefined) return t("sla.lead.over");
  if (period.attained === null) return t("sla.lead.nothing");
  const told = {
    attained: f.percent(period.attained, digitsFor(sla.target)),
    target: f.percent(sla.target, 6),
  };
  const share = t(period.verdict === "kept" ? "sla.lead.kept" : "sla.lead.broken", told);
  const left = period.failures_left;
  if (left === null) return share;
  const what = period.counts_slices ? "Slices" : "Events";
  const count = f.count(Math.abs(left));
  const more = t(left >= 0 ? `sla.lead.left${what}` : `sla.lead.over${what}`, { count });
  return [share, more].join(t("sentenceGap"));
}
