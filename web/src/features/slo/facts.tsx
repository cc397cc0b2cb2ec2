// The numbers behind the sentence, exact and each with its meaning.
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Slo } from "@/api/model";
import { useJourneys } from "@/api/reads";
import { reviewIsDue } from "@/lib/promise";
import { useFormat, useNow } from "@/lib/view";
import { Outside, Snippet } from "@/ui/link";
import { Fact, Facts, Muted, Section } from "@/ui/page";
import css from "./facts.module.css";
import { ObjectiveFacts } from "./objective";

export function PromiseFacts({ slo }: { slo: Slo }) {
  const { t } = useTranslation();
  return (
    <Section
      title={t("slo.fact.title")}
      actions={
        <Link to="/slos/-/new" search={{ slo: slo.name }}>
          {t("slo.fact.again")}
        </Link>
      }
    >
      {slo.objectives.map((objective) => (
        <ObjectiveFacts
          key={`${objective.display_name}/${objective.target}`}
          slo={slo}
          objective={objective}
        />
      ))}
      <Facts>
        <Choices slo={slo} />
        <Fact name={t("slo.fact.state")}>
          {t(`state.${slo.state}`)}
          {/* A rule may speak of burn and of when the budget ends, which nobody can say before all is counted. */}
          {slo.backfilling ? null : <Muted> {slo.state_rule}</Muted>}
        </Fact>
        <Fact name={t("slo.fact.service")}>
          {slo.service ? (
            <Link to="/services/$service" params={{ service: slo.service }}>
              {slo.service}
            </Link>
          ) : (
            <NotSaid />
          )}
        </Fact>
        <Fact name={t("slo.fact.owner")}>{slo.owner || <NotSaid />}</Fact>
        <Fact name={t("slo.fact.notify")}>{slo.notify.length > 0 ? slo.notify.join(", ") : <Nobody />}</Fact>
        <Review slo={slo} />
        <Journeys slo={slo} />
        {slo.runbook ? (
          <Fact name={t("slo.fact.runbook")}>
            <Outside href={slo.runbook} />
          </Fact>
        ) : null}
      </Facts>
    </Section>
  );
}

/** What its definition chose, where that is not what every SLO does. */
function Choices({ slo }: { slo: Slo }) {
  const { t } = useTranslation();
  const { unmeasured } = slo;
  return (
    <>
      {unmeasured === "ignore" || unmeasured === "bad" || unmeasured === "good" ? (
        <Fact name={t("slo.unmeasured.title")}>{t(`slo.unmeasured.${unmeasured}`)}</Fact>
      ) : null}
      {slo.every_failure_matters ? (
        <Fact name={t("slo.fact.everyFailure")}>{t("slo.fact.everyFailureText")}</Fact>
      ) : null}
    </>
  );
}

/** When someone looks at the promise again; said loudly once that day has come. */
function Review({ slo }: { slo: Slo }) {
  const { t } = useTranslation();
  const f = useFormat();
  const today = f.civilDay(useNow());
  if (slo.review_on === null) return null;
  const due = reviewIsDue(slo, today);
  return (
    <Fact name={t("slo.fact.review")}>
      <time dateTime={slo.review_on}>{f.civilDate(slo.review_on)}</time>
      {due ? <strong> {t("slo.fact.reviewDue")}</strong> : null}
    </Fact>
  );
}

/** What users come for that rests on it. */
function Journeys({ slo }: { slo: Slo }) {
  const { t } = useTranslation();
  const journeys = useJourneys(slo.name).data?.journeys ?? [];
  if (journeys.length === 0) return null;
  return (
    <Fact name={t("journey.title")}>
      <span className={css.links}>
        {journeys.map((journey) => (
          <Link key={journey.name} to="/slos/-/journeys/$journey" params={{ journey: journey.name }}>
            {journey.display_name}
          </Link>
        ))}
      </span>
    </Fact>
  );
}

function NotSaid() {
  const { t } = useTranslation();
  return <Muted>{t("slo.fact.notSaid")}</Muted>;
}

function Nobody() {
  const { t } = useTranslation();
  return <strong>{t("slo.fact.nobody")}</strong>;
}

export function Definition({ slo }: { slo: Slo }) {
  const { t } = useTranslation();
  const f = useFormat();
  return (
    <Section title={t("slo.definition")} note={t("slo.revision", { revision: f.count(slo.revision) })}>
      {slo.description ? <p className={css.description}>{slo.description}</p> : null}
      <details>
        <summary className={css.summary}>{t("slo.showDefinition")}</summary>
        <Snippet label={t("slo.definition")} text={slo.definition} />
      </details>
    </Section>
  );
}
