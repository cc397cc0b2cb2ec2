// Every promise, worst first; with none yet, how to make the first.
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Slo } from "@/api/model";
import { useServices, useSlos } from "@/api/reads";
import { useFormat, useView } from "@/lib/view";
import { Answer, Empty } from "@/ui/answer";
import { ButtonLink } from "@/ui/button";
import { Snippet } from "@/ui/link";
import { Page, Section, Ways } from "@/ui/page";
import { SloTable } from "@/ui/slo-table";
import { firstSlo } from "./first";

export function SlosPage() {
  const { t } = useTranslation();
  const { bounds } = useView();
  const slos = useSlos();
  return (
    <Page
      title={t("nav.slos")}
      aside={
        <Ways>
          <Link to="/slos/-/report">{t("report.title")}</Link>
          <Link to="/slos/-/journeys">{t("journey.title")}</Link>
          <Link to="/slos/-/slas">{t("sla.title")}</Link>
          <Link to="/slos/-/policies">{t("policy.title")}</Link>
          <ButtonLink to="/slos/-/new">{t("slo.new")}</ButtonLink>
        </Ways>
      }
      lead={slos.data && slos.data.slos.length > 0 ? <Lead slos={slos.data.slos} /> : undefined}
    >
      <Section title={t("today.slos")} note={t("today.slosNote")}>
        <Answer query={slos} rows={6} isEmpty={(data) => data.slos.length === 0} empty={<First />}>
          {(data) => <SloTable slos={data.slos} bounds={bounds} />}
        </Answer>
      </Section>
    </Page>
  );
}

function Lead({ slos }: { slos: readonly Slo[] }) {
  const { t } = useTranslation();
  const f = useFormat();
  const fine = slos.filter((slo) => slo.state === "fine").length;
  return <p>{t("slo.lead", { fine: f.count(fine), all: f.count(slos.length) })}</p>;
}

function First() {
  const { t } = useTranslation();
  const { bounds } = useView();
  const busiest = useServices(bounds).data?.services[0]?.service;
  return (
    <>
      <Empty title={t("slo.empty")}>
        {busiest === undefined ? (
          <Link to="/setup">{t("setup.sendFirst")}</Link>
        ) : (
          <>
            <ButtonLink weight="strong" to="/slos/-/new">
              {t("slo.firstFrom")}
            </ButtonLink>
            <p>{t("slo.first")}</p>
          </>
        )}
      </Empty>
      {busiest === undefined ? null : <Snippet label={t("slo.definition")} text={firstSlo(busiest)} />}
    </>
  );
}
