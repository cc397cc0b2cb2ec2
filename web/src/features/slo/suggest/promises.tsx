// What may be promised, the ladder of its targets, and what the chosen one means.
import { Link } from "@tanstack/react-router";
import { useId } from "react";
import { useTranslation } from "react-i18next";
import type { SloSuggestions, SuggestedPromise, TargetLadder, TargetRung } from "@/api/model";
import { useFormat, useSetSearch } from "@/lib/view";
import { Notice } from "@/ui/notice";
import { Options } from "@/ui/options";
import { Columns, Section } from "@/ui/page";
import { Ladder } from "./ladder";
import { Meaning } from "./meaning";
import css from "./page.module.css";
import { NOT_CHOSEN, type SuggestSearch } from "./search";
import {
  candidateOf,
  pastSecs,
  pastText,
  recommendedOf,
  rungOf,
  type Subject,
  targetText,
  thresholdOf,
} from "./words";

export interface Look {
  promise: SuggestedPromise;
  ladder: TargetLadder;
  rung: TargetRung;
  subject: Subject;
}

export function Promises(props: {
  suggestions: SloSuggestions;
  search: SuggestSearch;
  subjectOf: (promise: SuggestedPromise) => Subject;
  side: (look: Look) => React.ReactNode;
}) {
  const { t } = useTranslation();
  const f = useFormat();
  const set = useSetSearch();
  const { suggestions, search } = props;
  const chosen = candidateOf(suggestions.candidates, search);
  const ladder = chosen?.promise.ladder;
  const rung = ladder ? rungOf(ladder, search.target) : undefined;
  if (chosen === undefined) return null;
  const { promise, others } = chosen;
  const subject = props.subjectOf(promise);
  const past = pastText(pastSecs(suggestions), f);
  return (
    <>
      <Kinds suggestions={suggestions} promise={promise} />
      {promise.kind === "latency" ? <Thresholds promise={promise} others={others} /> : null}
      {ladder && rung ? (
        <>
          <Notes suggestions={suggestions} search={search} look={{ promise, ladder, rung, subject }} />
          <Columns
            side={
              <Meaning
                look={{ promise, ladder, rung, subject }}
                windowDays={suggestions.window_days}
                past={past}
              >
                {props.side({ promise, ladder, rung, subject })}
              </Meaning>
            }
          >
            <Section
              title={t("suggest.ladder.title")}
              note={t("suggest.ladder.note", {
                count: ladder.windows,
                n: f.count(ladder.windows),
                from: f.dateTime(suggestions.from),
                to: f.dateTime(suggestions.to),
              })}
            >
              <Ladder
                ladder={ladder}
                subject={subject}
                now={promise.target}
                rung={rung}
                windowDays={suggestions.window_days}
                past={past}
                onChoose={(each) => set({ target: targetText(each) })}
              />
            </Section>
          </Columns>
        </>
      ) : (
        <p className={css.note}>{t("suggest.again.nothing")}</p>
      )}
    </>
  );
}

/** Availability or latency, or one of several objectives; nothing where there is no choice. */
function Kinds({ suggestions, promise }: { suggestions: SloSuggestions; promise: SuggestedPromise }) {
  const { t } = useTranslation();
  const f = useFormat();
  const set = useSetSearch();
  const { candidates } = suggestions;
  const objectives = candidates.filter((each) => each.kind === "objective");
  const best = (each: SuggestedPromise | undefined) => {
    const rung = recommendedOf(each?.ladder);
    if (rung === undefined) return t("suggest.kind.none");
    const target = f.percent(rung.target, 6);
    if (each?.kind === "latency") return t("suggest.kind.bestWithin", { target, ms: f.ms(each.within_ms) });
    return t("suggest.kind.best", { target });
  };
  if (objectives.length > 1) {
    return (
      <div className={css.kinds}>
        <Options
          label={t("suggest.kind.objective")}
          value={String(promise.objective)}
          options={objectives.map((each) => ({
            value: String(each.objective),
            label: each.label ?? "",
            why: best(each),
          }))}
          onChange={(objective) => set({ ...NOT_CHOSEN, objective })}
        />
      </div>
    );
  }
  const threshold = thresholdOf(candidates.filter((each) => each.kind === "latency"));
  if (objectives.length === 1 || threshold === undefined) return null;
  const availability = candidates.find((each) => each.kind === "availability");
  return (
    <div className={css.kinds}>
      <Options
        label={t("suggest.kind.title")}
        value={promise.kind === "latency" ? "latency" : "availability"}
        options={[
          { value: "availability", label: t("suggest.kind.availability"), why: best(availability) },
          { value: "latency", label: t("suggest.kind.latency"), why: best(threshold) },
        ]}
        onChange={(kind) => set({ ...NOT_CHOSEN, kind })}
      />
    </div>
  );
}

/** How fast is fast: each with the target that can be recommended of it. */
function Thresholds(props: { promise: SuggestedPromise; others: readonly SuggestedPromise[] }) {
  const { t } = useTranslation();
  const f = useFormat();
  const set = useSetSearch();
  const name = useId();
  return (
    <fieldset className={css.chips}>
      <legend>{t("suggest.threshold.label")}</legend>
      {props.others.map((each) => {
        const rung = recommendedOf(each.ladder);
        return (
          <label key={each.within_ms} className={css.chip}>
            <input
              type="radio"
              name={name}
              checked={each === props.promise}
              onChange={() =>
                set({
                  ...NOT_CHOSEN,
                  kind: "latency",
                  within: each.chosen ? undefined : String(each.within_ms),
                })
              }
            />
            <strong>{f.ms(each.within_ms)}</strong>{" "}
            <span className={css.chipTarget}>
              {rung === undefined ? t("suggest.threshold.none") : f.percent(rung.target, 6)}
            </span>
            {each.chosen ? <span className={css.mark}>{t("suggest.recommended")}</span> : null}
          </label>
        );
      })}
    </fieldset>
  );
}

/** What must be known before the ladder is read. */
function Notes(props: { suggestions: SloSuggestions; search: SuggestSearch; look: Look }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { suggestions, search } = props;
  const { promise, ladder, subject } = props.look;
  const past = pastText(pastSecs(suggestions), f);
  const window = f.span(suggestions.window_days * 86_400);
  const notes = [
    ladder.short ? t("suggest.note.short", { past, window }) : "",
    ladder.coverage < 1 ? t("suggest.note.coverage", { share: f.percent(ladder.coverage, 1) }) : "",
    ladder.unknown > 0 ? t("suggest.note.unknown", { n: f.count(ladder.unknown) }) : "",
  ].filter((each) => each !== "");
  const all = ladder.good + ladder.bad;
  return (
    <>
      {ladder.inverted ? (
        <Notice
          title={t("suggest.inverted.title", { share: f.aboutPercent(ladder.bad / all) })}
          view="inverted"
        >
          <p>
            {t(promise.kind === "objective" ? "suggest.inverted.objective" : "suggest.inverted.requests")}
          </p>
        </Notice>
      ) : null}
      <p className={css.note}>
        {t(subject === "slices" ? "suggest.counted.events" : `suggest.counted.${subject}`, {
          all: f.count(all),
          bad: f.count(ladder.bad),
          ms: f.ms(promise.within_ms),
        })}
        {notes.map((note) => t("sentenceGap") + note)}
      </p>
      {ladder.recommended === null ? <p className={css.note}>{t("suggest.note.none")}</p> : null}
      {promise.kind === "objective" ? <NowOf promise={promise} ladder={ladder} /> : null}
      {ladder.inverted && promise.kind !== "objective" ? (
        <p className={css.note}>
          <Link to="/requests" search={{ service: search.service, name: search.endpoint, error: true }}>
            {t("suggest.inverted.look")}
          </Link>
        </p>
      ) : null}
    </>
  );
}

/** The target as it is, beside the one that is recommended. */
function NowOf({ promise, ladder }: { promise: SuggestedPromise; ladder: TargetLadder }) {
  const { t } = useTranslation();
  const f = useFormat();
  if (promise.target === null) return null;
  const recommended = recommendedOf(ladder);
  const target = f.percent(promise.target, 6);
  const isRung = ladder.targets.some((rung) => rung.target === promise.target);
  return (
    <p className={css.note}>
      {recommended === undefined
        ? t("suggest.again.now", { target })
        : recommended.target === promise.target
          ? t("suggest.again.same", { target })
          : t("suggest.again.other", { target, recommended: f.percent(recommended.target, 6) })}
      {isRung ? "" : t("sentenceGap") + t("suggest.again.between")}
    </p>
  );
}
