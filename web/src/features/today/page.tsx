// The page of the daily stand-up: a sentence that says what is the case, then promises, incidents, requests.
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useEndpointChanges, useIncidents, useSlos, useStatus } from "@/api/reads";
import { useFormat, useNow, useView } from "@/lib/view";
import { Answer, Empty } from "@/ui/answer";
import { IncidentRows } from "@/ui/incident-rows";
import { Kbd } from "@/ui/kbd";
import { CopyButton } from "@/ui/link";
import { Halves, Page, Section } from "@/ui/page";
import { SloTable } from "@/ui/slo-table";
import { Changes } from "./changes";
import { useDiscussed } from "./discussed";
import css from "./page.module.css";
import { type Day, markdown, sinceIncidents, summary } from "./summary";

export function TodayPage() {
  const { t } = useTranslation();
  const f = useFormat();
  const { bounds, scope } = useView();
  const nowMs = useNow();
  const slos = useSlos();
  const incidents = useIncidents();
  const changes = useEndpointChanges(bounds, scope);
  const discussed = useDiscussed();
  const recent =
    incidents.data === undefined ? undefined : sinceIncidents(incidents.data.incidents, bounds.from);
  const day: Day = { slos: slos.data?.slos, incidents: recent, changes: changes.data?.endpoints, nowMs };
  const title = t("today.title", { date: f.date(bounds.to), since: f.soon(bounds.from) });
  const lead = summary(day, t, f);
  return (
    <Page title={title} lead={lead === "" ? undefined : <p>{lead}</p>}>
      <OwnTroubles />
      <Section title={`1 ${t("today.slos")}`} note={t("today.slosNote")}>
        <Answer query={slos} rows={5} isEmpty={(data) => data.slos.length === 0} empty={<NoSlos />}>
          {(data) => <SloTable slos={data.slos} bounds={bounds} marked={discussed} />}
        </Answer>
      </Section>
      <Halves>
        <Section
          title={`2 ${t("today.incidents")}`}
          note={recent && recent.length > 0 ? t("today.incidentsNote", { count: recent.length }) : undefined}
        >
          <Answer query={incidents} isEmpty={() => recent?.length === 0} empty={<NoIncidents />}>
            {() => <IncidentRows incidents={recent ?? []} marked={discussed} />}
          </Answer>
        </Section>
        <Section title={`3 ${t("today.changes")}`} note={t("today.changesNote")}>
          <Answer
            query={changes}
            isEmpty={(data) => data.endpoints.length === 0}
            empty={<Empty title={t("today.noChanges")} />}
          >
            {(data) => <Changes changes={data.endpoints} marked={discussed} />}
          </Answer>
        </Section>
      </Halves>
      <p className={css.keys}>
        <Kbd>n</Kbd> {t("today.next")} · <Kbd>{t("key.space")}</Kbd> {t("today.discussedKey")} ·{" "}
        <CopyButton label={t("today.copy")} text={() => markdown(title, day, t, f)} />
      </p>
    </Page>
  );
}

/** What ippo itself cannot do at the moment; it comes first, for all below may rest on it. */
function OwnTroubles() {
  const { t } = useTranslation();
  const problems = useStatus().data?.problems ?? [];
  if (problems.length === 0) return null;
  return (
    <Section title={t("today.own")}>
      <ul className={css.problems}>
        {problems.map((problem) => (
          <li key={problem.code}>{problem.text}</li>
        ))}
      </ul>
    </Section>
  );
}

function NoSlos() {
  const { t } = useTranslation();
  const seen = useStatus().data?.services_seen ?? 0;
  return (
    <Empty title={t("slo.empty")}>
      {seen === 0 ? (
        <Link to="/setup">{t("setup.sendFirst")}</Link>
      ) : (
        <Link to="/slos/-/new">{t("slo.firstFrom")}</Link>
      )}
    </Empty>
  );
}

function NoIncidents() {
  const { t } = useTranslation();
  return (
    <Empty title={t("today.noIncidents")}>
      <Link to="/incidents" search={{ state: "all" }}>
        {t("today.earlier")}
      </Link>
    </Empty>
  );
}
