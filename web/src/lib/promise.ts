// What an SLO's numbers say, in sentences and in order. Pure: every number comes from the server.
import type { TFunction } from "i18next";
import type { Objective, Slo, SloState, SloWindow } from "@/api/model";
import type { Format } from "./format";

const ORDER: Record<SloState, number> = { critical: 0, rising: 1, spent: 2, no_data: 3, fine: 4 };
const HOUR_SECS = 3600;

export interface Standing {
  objective: Objective | undefined;
  window: SloWindow | undefined;
}

/** The objective that stands worst; an SLO with several is only as good as that one. */
export function worst(slo: Slo): Standing {
  const known = slo.objectives.map((objective) => ({ objective, window: objective.windows[0] }));
  const left = (each: Standing) => each.window?.budget_remaining ?? Number.POSITIVE_INFINITY;
  return known.reduce<Standing>((a, b) => (a.objective !== undefined && left(a) <= left(b) ? a : b), {
    objective: undefined,
    window: undefined,
  });
}

export function budgetLeft(slo: Slo): number | null {
  return worst(slo).window?.budget_remaining ?? null;
}

/** The burn over the last hour, null where that pair is not evaluated. */
export function hourBurn(slo: Slo): number | null {
  return worst(slo).objective?.burn.find((pair) => pair.long_secs === HOUR_SECS)?.long_burn ?? null;
}

export function bySpent(a: Slo, b: Slo): number {
  const state = ORDER[a.state] - ORDER[b.state];
  if (state !== 0) return state;
  return (budgetLeft(a) ?? Number.POSITIVE_INFINITY) - (budgetLeft(b) ?? Number.POSITIVE_INFINITY);
}

export function nameOf(slo: Slo): string {
  return slo.display_name || slo.name;
}

/** Whether it counts what metrics add up to, so that there are no single events behind its numbers. */
export function countsIncreases({ sli }: Pick<Slo, "sli">): boolean {
  return sli.signal === "metrics" && (sli.kind === "ratio" || sli.value === "distribution");
}

const MOST_DIGITS = 6;

/** Decimals that a target has as a percentage. */
function decimalsOf(target: number): number {
  const percent = Number((target * 100).toPrecision(12)).toString();
  return Math.min(MOST_DIGITS, (percent.split(".")[1] ?? "").length);
}

/** Decimals that tell a target from what was attained: two more than the target itself has. */
export function digitsFor(target: number): number {
  return Math.min(MOST_DIGITS, decimalsOf(target) + 2);
}

/**
 * Decimals of what was attained in a sentence: two significant digits of what failed, no more than a table has, and no fewer
 * than the target has: cut to these, it is below the target only where it was not attained.
 */
export function proseDigits(attained: number, target: number): number {
  const failedPercent = Number(((1 - attained) * 100).toPrecision(12));
  const most = digitsFor(target);
  if (failedPercent <= 0) return most;
  const telling = 1 - Math.floor(Math.log10(failedPercent));
  return Math.min(most, Math.max(decimalsOf(target), telling));
}

export function verdict(slo: Slo, t: TFunction, f: Format): string {
  const { objective, window } = worst(slo);
  if (objective === undefined || window === undefined) return t("slo.verdict.nothing");
  const parts = [
    promiseSentence(slo, objective, window, t, f),
    budgetSentence(window, t, f),
    paceSentence(slo, t, f),
  ];
  return parts.filter((part) => part !== "").join(t("sentenceGap"));
}

function promiseSentence(slo: Slo, objective: Objective, window: SloWindow, t: TFunction, f: Format): string {
  const target = f.percent(objective.target, 6);
  const period = f.span(slo.window_secs);
  if (window.attained === null) return t("slo.verdict.unmeasured", { target, period });
  const attained = f.percent(window.attained, proseDigits(window.attained, objective.target));
  return t("slo.verdict.promise", { target, period, attained });
}

function budgetSentence(window: SloWindow, t: TFunction, f: Format): string {
  const left = window.budget_remaining;
  if (left === null) return "";
  const events = window.budget_events_remaining;
  if (left <= 0) {
    const over = f.aboutPercent(-left);
    if (left === 0 || events === null) return t("slo.verdict.gone", { over });
    return t("slo.verdict.overspent", { over, n: f.count(Math.ceil(-events)) });
  }
  const share = f.aboutPercent(left);
  if (events === null) return t("slo.verdict.left", { left: share });
  return t("slo.verdict.leftEvents", { left: share, n: f.count(Math.floor(events)) });
}

function paceSentence(slo: Slo, t: TFunction, f: Format): string {
  const burn = hourBurn(slo);
  if (slo.state === "no_data") return t("slo.verdict.noData");
  if (slo.state === "critical") {
    const first = burn === null ? t("slo.verdict.fires") : t("slo.verdict.firesAt", { burn: f.about(burn) });
    return slo.exhausts_at
      ? first + t("sentenceGap") + t("slo.verdict.goneBy", { when: f.soon(slo.exhausts_at) })
      : first;
  }
  if (slo.exhausts_at) return t("slo.verdict.goneBy", { when: f.soon(slo.exhausts_at) });
  if (slo.state === "fine") return t("slo.verdict.lasts");
  return burn === null ? "" : t("slo.verdict.burnNow", { burn: f.about(burn) });
}
