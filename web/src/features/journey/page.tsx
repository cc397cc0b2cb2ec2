// One journey: what users meet in words, what a failure does to them, what it rests on, and how sessions went on.
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Journey } from "@/api/model";
import { useJourney } from "@/api/reads";
import { useFormat } from "@/lib/view";
import { Answer } from "@/ui/answer";
import { Snippet } from "@/ui/link";
import { isMissing, NoSuch } from "@/ui/no-such";
import { Notice } from "@/ui/notice";
import { Columns, Fact, Facts, Muted, Page, Section } from "@/ui/page";
import { BudgetLeft } from "@/ui/slo-table";
import { Glyph, StateLabel } from "@/ui/state";
import { RowLink, Table } from "@/ui/table";
import css from "./journey.module.css";
import { Review } from "./list";
import { Met } from "./met";
import { Sessions } from "./sessions";

export function JourneyPage({ name }: { name: string }) {
  const { t } = useTranslation();
  const query = useJourney(name);
  if (isMissing(query)) return <NoSuch kind="journey" name={name} />;
  if (query.data === undefined) {
    return (
      <Page title={name}>
        <Answer query={query} rows={8}>
          {() => null}
        </Answer>
      </Page>
    );
  }
  const { journey } = query.data;
  return (
    <Page
      title={journey.display_name}
      glyph={<Glyph state={journey.state} size={17} />}
      aside={<Link to="/slos/-/journeys">{t("journey.all")}</Link>}
      lead={<Lead journey={journey} />}
    >
      <Answer query={query}>
        {() => (
          <Columns side={<Side journey={journey} />}>
            <Harm journey={journey} />
            <Slos journey={journey} />
            <Sessions journey={journey} />
          </Columns>
        )}
      </Answer>
    </Page>
  );
}

function Lead({ journey }: { journey: Journey }) {
  return (
    <>
      <Met experiences={journey.hour} />
      <Met experiences={journey.week} />
    </>
  );
}

/** In the owner's words, and before any number: whether a target is good enough is answered by it. */
function Harm({ journey }: { journey: Journey }) {
  const { t } = useTranslation();
  return (
    <>
      {journey.review_overdue && journey.review_on !== null ? <Overdue day={journey.review_on} /> : null}
      <Section
        title={t("journey.harm")}
        note={journey.owner ? t("journey.harmBy", { who: journey.owner }) : undefined}
      >
        <blockquote className={css.harm}>{journey.harm}</blockquote>
      </Section>
    </>
  );
}

function Overdue({ day }: { day: string }) {
  const { t } = useTranslation();
  const f = useFormat();
  return (
    <Notice title={t("journey.overdueTitle", { day: f.civilDate(day) })} view="review">
      <p>{t("journey.overdueText")}</p>
    </Notice>
  );
}

function Slos({ journey }: { journey: Journey }) {
  const { t } = useTranslation();
  const f = useFormat();
  return (
    <Section title={t("journey.slos")} note={t("journey.slosNote")}>
      {journey.missing_slos.length === 0 ? null : (
        <Notice title={t("journey.missing", { slos: journey.missing_slos.join(", ") })} view="partial">
          <p>{t("journey.missingText")}</p>
        </Notice>
      )}
      <Table
        label={t("journey.slos")}
        rows={journey.slos}
        rowKey={(slo) => slo.name}
        columns={[
          {
            key: "state",
            title: t("slo.column.state"),
            width: "88px",
            cell: (slo) => <StateLabel state={slo.state} />,
          },
          {
            key: "name",
            title: t("slo.column.name"),
            cell: (slo) => (
              <RowLink to="/slos/$name" params={{ name: slo.name }} rowId={`slo/${slo.name}`}>
                {slo.display_name}
              </RowLink>
            ),
          },
          {
            key: "rule",
            title: t("journey.column.rule"),
            wide: true,
            cell: (slo) => <Muted>{slo.state_rule}</Muted>,
          },
          {
            key: "budget",
            title: t("slo.column.budget"),
            align: "end",
            cell: (slo) => <BudgetLeft left={slo.budget_remaining} />,
          },
          {
            key: "gone",
            title: t("slo.column.gone"),
            wide: true,
            cell: (slo) => (slo.exhausts_at === null ? <Muted>{f.none}</Muted> : f.soon(slo.exhausts_at)),
          },
        ]}
      />
    </Section>
  );
}

function Side({ journey }: { journey: Journey }) {
  const { t } = useTranslation();
  const f = useFormat();
  const said = (text: string) => text || <Muted>{t("slo.fact.notSaid")}</Muted>;
  return (
    <>
      <Section title={t("journey.facts")}>
        <Facts>
          <Fact name={t("slo.fact.owner")}>{said(journey.owner)}</Fact>
          <Fact name={t("journey.agreedBy")}>
            {journey.agreed_by.length > 0 ? (
              journey.agreed_by.join(t("journey.and"))
            ) : (
              <strong>{t("journey.nobody")}</strong>
            )}
          </Fact>
          {journey.agreed_on === null ? null : (
            <Fact name={t("journey.agreedOn")}>
              <time dateTime={journey.agreed_on}>{f.civilDate(journey.agreed_on)}</time>
            </Fact>
          )}
          <Fact name={t("slo.fact.review")}>
            <Review journey={journey} />
          </Fact>
        </Facts>
      </Section>
      <Section title={t("slo.definition")} note={t("slo.revision", { revision: f.count(journey.revision) })}>
        {journey.description ? <p className={css.description}>{journey.description}</p> : null}
        <details>
          <summary className={css.summary}>{t("slo.showDefinition")}</summary>
          <Snippet label={t("slo.definition")} text={journey.definition} />
        </details>
      </Section>
    </>
  );
}
