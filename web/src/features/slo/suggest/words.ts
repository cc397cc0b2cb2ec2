// What a ladder of targets says, in words and in order. Pure: every count comes from the server.
import type { TFunction } from "i18next";
import type { SloState, SuggestedPromise, TargetLadder, TargetRung } from "@/api/model";
import type { Format } from "@/lib/format";

/** What is promised of: failures of requests, their slowness, events of an SLO, or its slices of time. */
export type Subject = "requests" | "latency" | "events" | "slices";

/** Fewer failures than this may be chance: a target that allows no more is not recommended. */
const CHANCE = 10;
const MINUTE_SECS = 60;
const DAY_SECS = 86_400;
const EXAMPLE_LEAST = 10_000;
const EXAMPLE_MOST = 1e12;

export const GLYPHS: Record<TargetRung["verdict"], SloState> = {
  kept_with_room: "fine",
  kept: "rising",
  broken: "critical",
  untestable: "no_data",
};

/** Ten thousand, or the next power of ten of which a whole number is bad: "of 10,000 requests, 10 may fail". */
export function example(target: number): { all: number; bad: number } {
  for (let all = EXAMPLE_LEAST; all <= EXAMPLE_MOST; all *= 10) {
    // Targets have few decimals, but a computer's fractions do not add up to them.
    const bad = Number(((1 - target) * all).toPrecision(9));
    if (bad >= 1 && Number.isInteger(bad)) return { all, bad };
  }
  return { all: EXAMPLE_MOST, bad: Math.max(1, Math.round((1 - target) * EXAMPLE_MOST)) };
}

/** How long everything may be bad in one window, where traffic is even; whole minutes once there are any. */
export function outageSecs(target: number, windowDays: number): number {
  const secs = Number(((1 - target) * windowDays * DAY_SECS).toPrecision(9));
  return secs < MINUTE_SECS ? Math.round(secs) : Math.round(secs / MINUTE_SECS) * MINUTE_SECS;
}

export function recommendedOf(ladder: TargetLadder | null | undefined): TargetRung | undefined {
  return ladder?.recommended == null ? undefined : ladder.targets[ladder.recommended];
}

/** The rung that is looked at: the one that was chosen, else the recommended one, else the tightest that was kept. */
export function rungOf(ladder: TargetLadder, chosen: string | undefined): TargetRung | undefined {
  const own = ladder.targets.find((rung) => targetText(rung) === chosen);
  if (own !== undefined) return own;
  const last = (verdict: TargetRung["verdict"]) =>
    ladder.targets.findLast((rung) => rung.verdict === verdict);
  return recommendedOf(ladder) ?? last("kept_with_room") ?? last("kept") ?? ladder.targets[0];
}

/** A target as definitions and calls have it: "0.999". */
export function targetText({ target }: Pick<TargetRung, "target">): string {
  return String(target);
}

/** Whether so little may fail that keeping the target may be chance. */
export function isChance(rung: TargetRung): boolean {
  return rung.verdict !== "untestable" && rung.allowed < CHANCE;
}

/** What the past says of a target, in a few words. */
export function verdictText(rung: TargetRung, windows: number, t: TFunction, f: Format): string {
  if (rung.verdict === "broken" && windows > 1)
    return t("suggest.verdict.brokenOf", { n: f.count(rung.breached), all: f.count(windows) });
  return t(`suggest.verdict.${rung.verdict}`);
}

/** The least that was left of the budget; below zero with its sign. */
export function leftText(rung: TargetRung, f: Format): string {
  const left = rung.least_left;
  if (left === null) return f.none;
  return left < 0 ? f.signedPercent(left) : f.percent(left, 1);
}

/** "Of 10,000 requests, 10 may fail." and how much of an outage that is. */
export function meaning(
  promise: { target: number; subject: Subject; within: number | null; windowDays: number },
  t: TFunction,
  f: Format,
): string[] {
  const { target, subject, within, windowDays } = promise;
  const { all, bad } = example(target);
  const counts = { all: f.count(all), n: f.count(bad), ms: f.ms(within) };
  const span = f.span(outageSecs(target, windowDays));
  const long = { span, window: f.span(windowDays * DAY_SECS) };
  return [t(`suggest.outOf.${subject}`, counts), t(`suggest.outage.${subject}`, long)];
}

/** What else must be known of a target before it is promised. */
export function cautions(
  ladder: TargetLadder,
  rung: TargetRung,
  windowDays: number,
  t: TFunction,
  f: Format,
): string[] {
  const window = f.span(windowDays * DAY_SECS);
  const of = (words: string, is: boolean) => (is ? [words] : []);
  return [
    ...of(
      t("suggest.why.untestable", {
        window,
        target: f.percent(rung.target, 6),
        events: f.count(ladder.events),
        one: f.count(rung.events_for_one),
        confidence: f.count(rung.events_for_confidence),
      }),
      rung.verdict === "untestable",
    ),
    ...of(t("suggest.why.broken"), rung.verdict === "broken"),
    ...of(t("suggest.why.kept"), rung.verdict === "kept"),
    ...of(t("suggest.why.chance"), isChance(rung)),
    ...of(t("suggest.why.heldBack", { n: f.count(rung.held_back) }), rung.held_back > 0),
  ];
}

/** Seconds of the past that was looked at. */
export function pastSecs({ from, to }: { from: string; to: string }): number {
  return Math.max(0, (Date.parse(to) - Date.parse(from)) / 1000);
}

/** Such a past as a few words have it: hours once there are days, whole days once there are several. */
export function pastText(secs: number, f: Format): string {
  if (secs >= 7 * DAY_SECS) return f.span(Math.round(secs / DAY_SECS) * DAY_SECS);
  return f.span(secs);
}

export interface Chosen {
  promise: SuggestedPromise;
  /** Those of the same kind that may be chosen instead. */
  others: readonly SuggestedPromise[];
}

/** The candidate that is looked at; a kind or threshold that is not there leads to the one to promise. */
export function candidateOf(
  candidates: readonly SuggestedPromise[],
  chosen: { kind?: string | undefined; within?: string | undefined; objective?: string | undefined },
): Chosen | undefined {
  const objectives = candidates.filter((each) => each.kind === "objective");
  if (objectives.length > 0) {
    const promise = objectives.find((each) => String(each.objective) === chosen.objective) ?? objectives[0];
    return promise && { promise, others: objectives };
  }
  const latencies = candidates.filter((each) => each.kind === "latency");
  const own = latencies.find((each) => String(each.within_ms) === chosen.within);
  const latency = own ?? thresholdOf(latencies);
  if (chosen.kind === "latency" && latency !== undefined) return { promise: latency, others: latencies };
  const availability = candidates.find((each) => each.kind === "availability");
  return availability && { promise: availability, others: [availability] };
}

/** The threshold to promise; where none can be recommended the loosest, of which most requests are good. */
export function thresholdOf(latencies: readonly SuggestedPromise[]): SuggestedPromise | undefined {
  return latencies.find((each) => each.chosen) ?? latencies.at(-1);
}
