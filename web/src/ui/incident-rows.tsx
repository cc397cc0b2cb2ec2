// Incidents as rows: severity, what, since when, whom it met. Used wherever a page lists them.
import { useTranslation } from "react-i18next";
import type { Incident } from "@/api/model";
import { useFormat, useNow } from "@/lib/view";
import css from "./incident-rows.module.css";
import { SeverityLabel } from "./state";
import { RowLink } from "./table";

export function IncidentRows({
  incidents,
  marked,
}: {
  incidents: readonly Incident[];
  marked?: (id: string) => boolean;
}) {
  return (
    <ul className={css.rows}>
      {incidents.map((incident) => (
        <IncidentRow
          key={incident.id}
          incident={incident}
          done={marked?.(`incident/${incident.id}`) === true}
        />
      ))}
    </ul>
  );
}

function IncidentRow({ incident, done }: { incident: Incident; done: boolean }) {
  const { t } = useTranslation();
  const id = `incident/${incident.id}`;
  return (
    <li>
      <SeverityLabel severity={incident.severity} resolved={incident.state === "resolved"} />
      <div className={css.what}>
        <RowLink to="/incidents/$id" params={{ id: String(incident.id) }} rowId={id}>
          {incident.title}
        </RowLink>
        <span className={css.key}>
          {" "}
          {incident.key}
          {done ? ` ✓ ${t("today.discussed")}` : ""}
        </span>
        <IncidentLine incident={incident} />
      </div>
      <span className={css.state}>{t(`incident.state.${incident.state}`)}</span>
    </li>
  );
}

/** "02:16–02:57 · 318 users, 1,204 requests · Aoki": what a colleague asks first. */
function IncidentLine({ incident }: { incident: Incident }) {
  const { t } = useTranslation();
  const f = useFormat();
  const now = useNow();
  const { impact } = incident;
  const since = incident.resolved_at
    ? t("incident.from", { from: f.dateTime(incident.opened_at), to: f.time(incident.resolved_at) })
    : t("incident.since", { when: f.dateTime(incident.opened_at), ago: f.ago(incident.opened_at, now) });
  const failed = incident.deliveries.filter(
    (each) => each.state === "failed" || each.state === "abandoned",
  ).length;
  const parts = [
    since,
    impact ? t("incident.met", { users: f.count(impact.users), requests: f.count(impact.requests) }) : "",
    incident.owner ?? "",
    failed > 0 ? t("incident.undelivered", { count: failed }) : "",
  ];
  return <p className={css.line}>{parts.filter((part) => part !== "").join(" · ")}</p>;
}
