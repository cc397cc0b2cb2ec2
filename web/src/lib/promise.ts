// What an SLO's numbers say, in sentences and in order. Pure: every number comes from the server.
import type { TFunction } from "i18next";
import type { Burn, Objective, Slo, SloState, SloWindow } from "@/api/model";
import type { Format } from "./format";
import { periodShort } from "./period";

const ORDER: Record<SloState, number> = { critical: 0, rising: 1, spent: 2, no_data: 3, fine: 4 };

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
  if (slo.composite) return slo.composite.windows[0]?.budget_remaining ?? null;
  return worst(slo).window?.budget_remaining ?? null;
}

/**
 * The burn over the last hour, whatever windows its pairs have; null where nothing was counted in it, and while stored data is
 * still being counted: part of an hour's events would pass for all of them.
 */
export function hourBurn(slo: Slo): number | null {
  if (slo.backfilling) return null;
  return (slo.composite ? slo.composite.hour_burn : worst(slo).objective?.hour_burn) ?? null;
}

/** When its budget ends at the present burn; null if it does not, and while nobody can say. */
export function exhaustsAt(slo: Slo): string | null {
  return slo.backfilling ? null : slo.exhausts_at;
}

export function bySpent(a: Slo, b: Slo): number {
  const state = ORDER[a.state] - ORDER[b.state];
  if (state !== 0) return state;
  return (budgetLeft(a) ?? Number.POSITIVE_INFINITY) - (budgetLeft(b) ?? Number.POSITIVE_INFINITY);
}

export function nameOf(slo: Slo): string {
  return slo.display_name || slo.name;
}

/** What the objective at a place counts: the same as all others, or as a part of a composite SLO its own. */
export function sliOf(slo: Slo, place: number): Slo["sli"] {
  return slo.objectives[place]?.part?.sli ?? slo.sli;
}

/** Whether it counts what metrics add up to, so that there are no single events behind its numbers. */
export function countsIncreases({ sli }: Pick<Slo, "sli">): boolean {
  if (sli === null) return false;
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

/** A budget in what it counts: events, or slices of time. */
export interface BudgetCount {
  allowed: number;
  spent: number;
  /** Negative where it is overspent. */
  left: number;
}

/** Whole numbers as the server has them; null where these, each rounded to be safe, would say other than the share does. */
export function budgetCount(window: SloWindow): BudgetCount | null {
  const { budget_events_allowed: allowed, budget_events_remaining: left, budget_remaining: share } = window;
  if (allowed === null || left === null || share === null || left >= 0 !== share >= 0) return null;
  return { allowed, spent: allowed - left, left };
}

/** Whether its budget grows with what is still to come: how many events a period of the calendar will have nobody knows. */
export function budgetGrows(objective: Objective, window: SloWindow): boolean {
  return !window.rolls && objective.slices === null;
}

/** Whether the day has come on which someone looks at the promise again; both are days of the calendar. */
export function reviewIsDue(slo: Pick<Slo, "review_on">, today: string): boolean {
  return slo.review_on !== null && slo.review_on <= today;
}

export function verdict(slo: Slo, t: TFunction, f: Format): string {
  const { objective, window } = worst(slo);
  if (objective === undefined || window === undefined) return t("slo.verdict.nothing");
  const parts = [
    ...(slo.composite
      ? [compositeSentence(slo, window, t, f)]
      : [promiseSentence(objective, window, t, f), budgetSentence(objective, window, t, f)]),
    paceSentence(slo, t, f),
    hasTooFew(slo) ? t("slo.verdict.tooFew") : "",
  ];
  return parts.filter((part) => part !== "").join(t("sentenceGap"));
}

/** Parts have no share of good events in common, but one budget. */
function compositeSentence(slo: Slo, window: SloWindow, t: TFunction, f: Format): string {
  const share = budgetLeft(slo);
  const whole = t("slo.verdict.composite", {
    count: slo.objectives.length,
    parts: f.count(slo.objectives.length),
    period: periodShort(window, f),
  });
  const left = (): string => {
    if (share === null) return t("slo.verdict.nothing");
    if (share === 0) return t("slo.verdict.gone");
    if (share < 0) return t("slo.verdict.over", { over: f.aboutPercent(-share) });
    return t("slo.verdict.left", { left: f.aboutPercent(share) });
  };
  return [whole, left()].join(t("sentenceGap"));
}

function promiseSentence(objective: Objective, window: SloWindow, t: TFunction, f: Format): string {
  const target = promised(objective, t, f);
  const period = periodShort(window, f);
  const { attained: kept, rolls } = window;
  if (kept === null)
    return t(rolls ? "slo.verdict.unmeasured" : "slo.verdict.unmeasuredSoFar", { target, period });
  const attained = f.percent(kept, proseDigits(kept, objective.target));
  return t(rolls ? "slo.verdict.promise" : "slo.verdict.promiseSoFar", { target, period, attained });
}

/** The target with what it is a share of. */
function promised({ target, slices }: Objective, t: TFunction, f: Format): string {
  const share = f.percent(target, 6);
  if (slices === null) return share;
  const key = slices.target === null ? "slo.verdict.meanOfSlices" : "slo.verdict.ofSlices";
  return t(key, { target: share, slice: f.span(slices.secs) });
}

function budgetSentence(objective: Objective, window: SloWindow, t: TFunction, f: Format): string {
  const share = window.budget_remaining;
  if (share === null) return "";
  const counted = budgetCount(window);
  const over = f.aboutPercent(-share);
  const left = f.aboutPercent(share);
  if (share === 0) return t("slo.verdict.gone");
  if (counted === null || objective.slices?.target === null)
    return share < 0 ? t("slo.verdict.over", { over }) : t("slo.verdict.left", { left });
  if (objective.slices !== null) {
    const slices = {
      spent: f.count(counted.spent),
      allowed: f.count(counted.allowed),
      slice: f.span(objective.slices.secs),
    };
    return share < 0
      ? t("slo.verdict.overspentSlices", { over, ...slices })
      : t("slo.verdict.leftSlices", { left, ...slices });
  }
  const grows = budgetGrows(objective, window);
  const n = f.count(Math.abs(counted.left));
  if (share < 0) return t(grows ? "slo.verdict.overspentSoFar" : "slo.verdict.overspent", { over, n });
  return t(grows ? "slo.verdict.leftSoFar" : "slo.verdict.leftEvents", { left, n });
}

/** Where so few events were counted for good, and not only so far. */
function hasTooFew(slo: Slo): boolean {
  return !slo.backfilling && burnOf(slo).some((pair) => pair.too_few);
}

function paceSentence(slo: Slo, t: TFunction, f: Format): string {
  if (slo.backfilling) return pagesOf(slo).length > 0 ? t("slo.verdict.heldBackfilling") : "";
  const burn = hourBurn(slo);
  if (slo.state === "no_data") return t("slo.verdict.noData");
  const gone = slo.exhausts_at ? t("slo.verdict.goneBy", { when: f.soon(slo.exhausts_at) }) : "";
  if (slo.state === "critical")
    return [pageSentence(slo, burn, t, f), gone].filter((each) => each !== "").join(t("sentenceGap"));
  if (gone !== "") return gone;
  if (slo.state === "fine") return t("slo.verdict.lasts");
  return burn === null ? "" : t("slo.verdict.burnNow", { burn: f.about(burn) });
}

/** The burn pairs of all objectives, or of a composite SLO as a whole. */
function burnOf(slo: Slo): readonly Burn[] {
  return slo.composite?.burn ?? slo.objectives.flatMap((each) => each.burn);
}

function pagesOf(slo: Slo): Burn[] {
  return burnOf(slo).filter((pair) => pair.severity === "page" && pair.firing);
}

/** A page that is only held says nothing of how fast the budget is spent now. */
function pageSentence(slo: Slo, burn: number | null, t: TFunction, f: Format): string {
  const pages = pagesOf(slo);
  if (pages.length > 0 && pages.every((pair) => pair.held)) return t("slo.verdict.held");
  return burn === null ? t("slo.verdict.fires") : t("slo.verdict.firesAt", { burn: f.about(burn) });
}
