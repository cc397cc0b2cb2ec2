// What users come for: each journey, how it stands, and what they met in the last hour.
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Journey } from "@/api/model";
import { useJourneys, useSlos } from "@/api/reads";
import { useFormat } from "@/lib/view";
import { Answer, Empty } from "@/ui/answer";
import { Snippet } from "@/ui/link";
import { Muted, Page, Section } from "@/ui/page";
import { StateLabel } from "@/ui/state";
import { RowLink, Table } from "@/ui/table";
import { firstJourney } from "./first";
import { Met } from "./met";

export function JourneysPage() {
  const { t } = useTranslation();
  const query = useJourneys();
  const journeys = query.data?.journeys ?? [];
  return (
    <Page title={t("journey.title")} lead={journeys.length > 0 ? <Lead journeys={journeys} /> : undefined}>
      <Section title={t("journey.list")} note={t("journey.listNote")}>
        <Answer query={query} rows={4} isEmpty={(data) => data.journeys.length === 0} empty={<First />}>
          {(data) => <Rows journeys={data.journeys} />}
        </Answer>
      </Section>
    </Page>
  );
}

function Lead({ journeys }: { journeys: readonly Journey[] }) {
  const { t } = useTranslation();
  const f = useFormat();
  const fine = journeys.filter((journey) => journey.state === "fine").length;
  const overdue = journeys.filter((journey) => journey.review_overdue).length;
  return (
    <>
      <p>{t("journey.lead", { fine: f.count(fine), all: f.count(journeys.length) })}</p>
      {overdue === 0 ? null : <p>{t("journey.overdue", { count: overdue, journeys: f.count(overdue) })}</p>}
    </>
  );
}

function Rows({ journeys }: { journeys: readonly Journey[] }) {
  const { t } = useTranslation();
  return (
    <Table
      label={t("journey.title")}
      rows={journeys}
      rowKey={(journey) => journey.name}
      columns={[
        {
          key: "state",
          title: t("slo.column.state"),
          width: "88px",
          cell: (journey) => <StateLabel state={journey.state} />,
        },
        {
          key: "name",
          title: t("journey.column.name"),
          width: "24%",
          cell: (journey) => (
            <RowLink
              to="/slos/-/journeys/$journey"
              params={{ journey: journey.name }}
              rowId={`journey/${journey.name}`}
            >
              {journey.display_name}
            </RowLink>
          ),
        },
        {
          key: "hour",
          title: t("journey.column.hour"),
          cell: (journey) => <Met experiences={journey.hour} />,
        },
        { key: "harm", title: t("journey.column.harm"), wide: true, cell: (journey) => journey.harm },
        {
          key: "review",
          title: t("slo.fact.review"),
          wide: true,
          keep: true,
          cell: (journey) => <Review journey={journey} />,
        },
      ]}
    />
  );
}

/** When someone looks at it again; said loudly once that day has passed. */
export function Review({ journey }: { journey: Journey }) {
  const { t } = useTranslation();
  const f = useFormat();
  if (journey.review_on === null) return <Muted>{t("slo.fact.notSaid")}</Muted>;
  return (
    <>
      <time dateTime={journey.review_on}>{f.civilDate(journey.review_on)}</time>
      {journey.review_overdue ? <strong> {t("journey.reviewOverdue")}</strong> : null}
    </>
  );
}

/** With none yet: what one is for, and a first one to begin with. */
function First() {
  const { t } = useTranslation();
  const slo = useSlos().data?.slos[0];
  return (
    <>
      <Empty title={t("journey.empty")}>
        {slo === undefined ? (
          <Link to="/slos/-/new">{t("journey.sloFirst")}</Link>
        ) : (
          <p>{t("journey.first")}</p>
        )}
      </Empty>
      {slo === undefined ? null : (
        <Snippet
          label={t("slo.definition")}
          text={firstJourney(slo.name, slo.service, t("journey.exampleHarm"))}
        />
      )}
    </>
  );
}
