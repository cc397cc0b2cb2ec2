// One incident: what, since when, whom it met; the feed left, facts and what to do right.
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Incident } from "@/api/model";
import { useIncident, useTimeline } from "@/api/reads";
import { useFormat, useNow } from "@/lib/view";
import { Answer, Empty } from "@/ui/answer";
import { isMissing, NoSuch } from "@/ui/no-such";
import { Columns, Page, Section } from "@/ui/page";
import { Glyph, severityState } from "@/ui/state";
import { Actions, CommentForm } from "./actions";
import { Changes } from "./changes";
import { Deliveries } from "./deliveries";
import { Examples, Found, IncidentFacts } from "./facts";
import { metSentence } from "./met";
import css from "./page.module.css";
import { Timeline } from "./timeline";

export function IncidentPage({ id }: { id: number }) {
  const { t } = useTranslation();
  const query = useIncident(id);
  const timeline = useTimeline(id);
  if (isMissing(query)) return <NoSuch kind="incident" name={`INC-${id}`} />;
  if (query.data === undefined) {
    return (
      <Page title={`INC-${id}`}>
        <Answer query={query} rows={8}>
          {() => null}
        </Answer>
      </Page>
    );
  }
  const incident = query.data;
  const state = incident.state === "resolved" ? "fine" : severityState(incident.severity);
  return (
    <Page
      title={incident.title}
      glyph={<Glyph state={state} size={17} />}
      lead={<Lead incident={incident} />}
    >
      <Answer query={query}>
        {() => (
          <Columns side={<IncidentFacts incident={incident} />}>
            <Actions incident={incident} />
            <Found incident={incident} />
            <Examples incident={incident} />
            <Changes id={id} />
            <Section title={t("incident.timeline.title")}>
              <Answer
                query={timeline}
                rows={5}
                isEmpty={(data) => data.timeline.length === 0}
                empty={<Empty title={t("incident.timeline.empty")} />}
              >
                {(data) => <Timeline entries={data.timeline} />}
              </Answer>
              <CommentForm incident={incident} />
            </Section>
            <Section title={t("incident.delivery.title")} note={t("incident.delivery.note")}>
              <Deliveries deliveries={incident.deliveries} muted={incident.muted} />
            </Section>
          </Columns>
        )}
      </Answer>
    </Page>
  );
}

function Lead({ incident }: { incident: Incident }) {
  const { t } = useTranslation();
  const f = useFormat();
  const now = useNow();
  const { impact } = incident;
  const end = incident.resolved_at ? Date.parse(incident.resolved_at) : now;
  const long = f.span(Math.max(60, Math.floor((end - Date.parse(incident.opened_at)) / 60_000) * 60));
  const values = {
    key: incident.key,
    severity: t(`severity.${incident.severity}`),
    when: f.dateTime(incident.opened_at),
    long,
  };
  const first =
    incident.state === "resolved"
      ? t("incident.sentence.resolved", values)
      : incident.state === "acknowledged"
        ? t("incident.sentence.acknowledged", { ...values, who: incident.acknowledged_by ?? f.none })
        : t("incident.sentence.open", values);
  const met = impact
    ? t(metSentence(impact), {
        requests: f.count(impact.requests),
        users: f.count(impact.users),
      })
    : "";
  return (
    <>
      <p>{[first, met].filter(Boolean).join(t("sentenceGap"))}</p>
      {incident.slo === null ? null : (
        <p className={css.slo}>
          <Link to="/slos/$name" params={{ name: incident.slo }}>
            {t("incident.promise", { slo: incident.slo })}
          </Link>
        </p>
      )}
    </>
  );
}
