// How sessions went on: of those whose request at a step was fine, slow or failed, how many came to a later one.
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { Journey, JourneySessions, StepSessions } from "@/api/model";
import { useJourneySessions } from "@/api/reads";
import { useFormat } from "@/lib/view";
import { Answer, Empty } from "@/ui/answer";
import { Snippet } from "@/ui/link";
import { Muted, Section } from "@/ui/page";
import { Table } from "@/ui/table";
import { worstDrop } from "./drop";
import { sessionSnippet } from "./first";
import css from "./journey.module.css";

export function Sessions({ journey }: { journey: Journey }) {
  const { t } = useTranslation();
  const f = useFormat();
  const within = f.span(journey.goes_on_within_secs);
  return (
    <Section title={t("journey.sessions.title")} note={t("journey.sessions.note", { within })}>
      {journey.steps.length === 0 ? (
        <Empty title={t("journey.sessions.noSteps")}>
          <p>{t("journey.sessions.noStepsText")}</p>
        </Empty>
      ) : (
        <Told journey={journey} />
      )}
    </Section>
  );
}

function Told({ journey }: { journey: Journey }) {
  const query = useJourneySessions(journey.name);
  return (
    <Answer
      query={query}
      rows={4}
      isEmpty={(data) => data.sessions === 0}
      empty={query.data ? <Nobody sessions={query.data} /> : null}
    >
      {(data) => (
        <>
          <Drop sessions={data} />
          <Steps sessions={data} />
          <Limits sessions={data} />
        </>
      )}
    </Answer>
  );
}

/** No request says of which session it is, or there is none: which attribute to send, and how. */
function Nobody({ sessions }: { sessions: JourneySessions }) {
  const { t } = useTranslation();
  const f = useFormat();
  const attribute = sessions.session_attribute ?? "session.id";
  if (sessions.nameless_requests === 0) return <Empty title={t("journey.sessions.noRequests")} />;
  const count = f.count(sessions.nameless_requests);
  return (
    <>
      <Empty title={t("journey.sessions.nameless", { count, attribute })}>
        <p>
          {t(sessions.session_attribute === null ? "journey.sessions.send" : "journey.sessions.sendOwn", {
            attribute,
          })}
        </p>
      </Empty>
      <Snippet label={t("journey.sessions.snippet")} text={sessionSnippet(attribute)} />
    </>
  );
}

/** The sentence that decides: where trouble cost the most. */
function Drop({ sessions }: { sessions: JourneySessions }) {
  const { t } = useTranslation();
  const f = useFormat();
  const drop = worstDrop(sessions);
  if (drop === undefined) return <p className={css.drop}>{t("journey.sessions.noDrop")}</p>;
  return (
    <p className={css.drop}>
      {t(`journey.sessions.drop.${drop.outcome}`, {
        step: drop.step.display_name,
        after: f.aboutPercent(drop.after),
        usual: f.aboutPercent(drop.usual),
      })}
    </p>
  );
}

function Steps({ sessions }: { sessions: JourneySessions }) {
  const { t } = useTranslation();
  const f = useFormat();
  const after = (outcome: "fine" | "slow" | "failed") => ({
    key: outcome,
    title: t(`journey.sessions.${outcome}`),
    align: "end" as const,
    cell: (step: StepSessions) => <Share step={step} outcome={outcome} />,
  });
  return (
    <Table
      label={t("journey.sessions.title")}
      rows={sessions.steps}
      rowKey={(step) => step.name}
      columns={[
        { key: "step", title: t("journey.sessions.step"), cell: (step) => <Step step={step} /> },
        {
          key: "sessions",
          title: t("journey.sessions.reached"),
          align: "end",
          wide: true,
          cell: (step) => f.count(step.sessions),
        },
        after("fine"),
        after("slow"),
        after("failed"),
      ]}
    />
  );
}

function Step({ step }: { step: StepSessions }) {
  const { t } = useTranslation();
  const f = useFormat();
  const slow = step.slow_ms === null ? null : t("journey.sessions.slowFrom", { limit: f.ms(step.slow_ms) });
  return (
    <>
      {step.display_name} {slow === null ? null : <span className={css.aside}>{slow}</span>}
    </>
  );
}

/** A share with what it is of; of too few, the number alone. The last step has no share: nobody goes on from it. */
function Share({ step, outcome }: { step: StepSessions; outcome: "fine" | "slow" | "failed" }): ReactNode {
  const { t } = useTranslation();
  const f = useFormat();
  const told = step.outcomes.find((each) => each.outcome === outcome);
  const count = told?.sessions ?? 0;
  if (count === 0) return <Muted>{f.none}</Muted>;
  const sessions = f.count(count);
  if (step.is_last) return <Muted>{sessions}</Muted>;
  return (
    <>
      {told?.share == null ? <Muted>{t("journey.sessions.tooFew")}</Muted> : f.percent(told.share, 1)}{" "}
      <span className={css.aside}>{t("journey.sessions.of", { sessions })}</span>
    </>
  );
}

/** What limits what the numbers say. */
function Limits({ sessions }: { sessions: JourneySessions }) {
  const { t } = useTranslation();
  const f = useFormat();
  const open = sessions.steps.reduce((sum, step) => sum + step.open, 0);
  const said = [
    t("journey.sessions.how", { least: f.count(sessions.share_told_from) }),
    open > 0 ? t("journey.sessions.open", { within: f.span(sessions.goes_on_within_secs) }) : "",
    sessions.nameless_requests > 0
      ? t("journey.sessions.someNameless", { count: f.count(sessions.nameless_requests) })
      : "",
    sessions.sessions_by_user > 0
      ? t("journey.sessions.byUser", { count: f.count(sessions.sessions_by_user) })
      : "",
    sessions.one_of > 1 ? t("journey.sessions.oneOf", { count: f.count(sessions.one_of) }) : "",
    sessions.sampled_requests > 0
      ? t("journey.sessions.sampled", { count: f.count(sessions.sampled_requests) })
      : "",
  ];
  return (
    <p className={css.limits}>
      <Muted>{said.filter((text) => text !== "").join(t("sentenceGap"))}</Muted>
    </p>
  );
}
