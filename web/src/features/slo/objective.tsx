// What one objective promises, by which method and over which period, and how its own window stands. It must never show a
// number without what it counts.
import { useTranslation } from "react-i18next";
import type { Objective, Slo, SloWindow } from "@/api/model";
import { periodLeft, periodName } from "@/lib/period";
import { budgetCount, budgetGrows, digitsFor } from "@/lib/promise";
import { useFormat, useNow } from "@/lib/view";
import { Fact, Facts, Muted } from "@/ui/page";
import css from "./facts.module.css";

export function ObjectiveFacts({ slo, objective }: { slo: Slo; objective: Objective }) {
  const { t } = useTranslation();
  const f = useFormat();
  const window = objective.windows[0];
  const sli = objective.part?.sli ?? slo.sli;
  return (
    <div className={css.objective}>
      <Facts>
        {objective.display_name ? <Fact name={t("slo.fact.objective")}>{objective.display_name}</Fact> : null}
        <Fact name={t("slo.fact.target")}>
          {f.percent(objective.target, 6)} <Method slo={slo} objective={objective} />
        </Fact>
        {window === undefined ? null : (
          <Fact name={t("slo.fact.period")}>
            <Period window={window} />
          </Fact>
        )}
        {objective.threshold === null ? null : (
          <Fact name={t("slo.fact.threshold")}>
            <code>
              {sli?.value} {sli?.op} {objective.threshold}
            </code>
          </Fact>
        )}
        {window === undefined ? null : <WindowFacts slo={slo} objective={objective} window={window} />}
      </Facts>
    </div>
  );
}

/** The budgeting method in words, with OpenSLO's name for it. */
function Method({ slo, objective }: { slo: Slo; objective: Objective }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { slices } = objective;
  const slice = f.span(slices?.secs ?? 0);
  return (
    <Muted>
      {slices === null
        ? t("slo.method.Occurrences")
        : slices.target === null
          ? t("slo.method.RatioTimeslices", { slice })
          : t("slo.method.Timeslices", { slice, good: f.percent(slices.target, 6) })}{" "}
      {t("slo.method.word", { method: slo.budgeting_method })}
    </Muted>
  );
}

/** Its name, and how long it lasts where it is one of the calendar. */
export function Period({ window }: { window: SloWindow }) {
  const { t } = useTranslation();
  const f = useFormat();
  const left = periodLeft(window, useNow(), f);
  return (
    <>
      {periodName(window, t, f)}
      {left === null ? null : <Muted> {t("slo.period.left", { left })}</Muted>}
    </>
  );
}

function WindowFacts({ slo, objective, window }: { slo: Slo; objective: Objective; window: SloWindow }) {
  const { t } = useTranslation();
  const f = useFormat();
  const minutes =
    window.minutes_measured +
    window.minutes_zero_traffic +
    window.minutes_unmeasured +
    window.minutes_excluded;
  return (
    <>
      <Fact name={t("slo.fact.attained")}>
        {window.attained === null ? f.none : f.percent(window.attained, digitsFor(objective.target))}
        <br />
        <Muted>
          <BadOf objective={objective} window={window} />
        </Muted>
        {window.unknown > 0 ? (
          <>
            <br />
            <Muted>{t("slo.fact.unknown", { unknown: f.count(window.unknown) })}</Muted>
            <Bounds slo={slo} objective={objective} window={window} />
          </>
        ) : null}
      </Fact>
      <Allowed objective={objective} window={window} />
      <Fact name={t("slo.fact.measured")}>
        {t("slo.fact.minutesOf", {
          part: f.count(window.minutes_measured + window.minutes_zero_traffic),
          all: f.count(minutes),
        })}{" "}
        <Muted>{f.percent(window.coverage, 1)}</Muted>
      </Fact>
      <Fact name={t("slo.fact.gaps")}>
        {t("slo.fact.gapsText", {
          zero: f.count(window.minutes_zero_traffic),
          unmeasured: f.count(window.minutes_unmeasured),
          excluded: f.count(window.minutes_excluded),
        })}
        {window.complete ? null : (
          <>
            <br />
            <Muted>{t("slo.fact.incomplete")}</Muted>
          </>
        )}
      </Fact>
    </>
  );
}

/** How much of what was judged is bad: of events, of slices, or of what slices add up to. */
function BadOf({ objective, window }: { objective: Objective; window: SloWindow }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { slices_good: good, slices_bad: bad } = window;
  if (good === null || bad === null)
    return t("slo.fact.failedOf", { bad: f.count(window.bad), all: f.count(window.good + window.bad) });
  const all = f.count(Math.round(good + bad));
  if (objective.slices?.target === null) return t("slo.fact.lostSlices", { bad: f.factor(bad), all });
  return t("slo.fact.badSlices", { bad: f.count(bad), all });
}

function Allowed({ objective, window }: { objective: Objective; window: SloWindow }) {
  const { t } = useTranslation();
  const f = useFormat();
  const counted = budgetCount(window);
  const ofEvents = objective.slices === null;
  return (
    <Fact name={t(ofEvents ? "slo.fact.allowed" : "slo.fact.allowedSlices")}>
      {counted === null ? (
        f.none
      ) : (
        <>
          {ofEvents ? f.count(counted.allowed) : t("slo.fact.allowedText", { n: f.count(counted.allowed) })}{" "}
          <Muted>{t("slo.fact.remaining", { n: signed(counted.left, f.count) })}</Muted>
          {budgetGrows(objective, window) ? <Muted> {t("slo.fact.soFar")}</Muted> : null}
        </>
      )}
    </Fact>
  );
}

/** What unknown events leave open; nothing where they were not told apart, or where more than events is judged. */
function Bounds({ slo, objective, window }: { slo: Slo; objective: Objective; window: SloWindow }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { attained_least: least, attained_most: most } = window;
  const judged = slo.unmeasured === "bad" || slo.unmeasured === "good" || objective.slices !== null;
  if (least === null || most === null || judged) return null;
  const digits = digitsFor(objective.target);
  return (
    <>
      <br />
      <Muted>
        {t("slo.fact.bounds", { least: f.percent(least, digits), most: f.percent(most, digits) })}
      </Muted>
    </>
  );
}

export function signed(value: number, count: (n: number) => string): string {
  return value < 0 ? `−${count(-value)}` : count(value);
}
