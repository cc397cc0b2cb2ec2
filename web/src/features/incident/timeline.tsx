// The merged feed, oldest first. Where an entry was recorded much later than it happened, it says so.
import { useTranslation } from "react-i18next";
import type { TimelineEntry } from "@/api/model";
import { useFormat } from "@/lib/view";
import { Muted } from "@/ui/page";
import css from "./timeline.module.css";

const LATE_MS = 60_000;
const LOUD = new Set(["opened", "alert_firing", "notify_failed", "notify_abandoned", "reopened"]);
const CALM = new Set(["resolved", "alert_resolved", "acknowledged"]);

export function Timeline({ entries }: { entries: readonly TimelineEntry[] }) {
  return (
    <ol className={css.feed}>
      {entries.map((entry) => (
        <Entry key={entry.id} entry={entry} />
      ))}
    </ol>
  );
}

function Entry({ entry }: { entry: TimelineEntry }) {
  const { t, i18n } = useTranslation();
  const f = useFormat();
  const late = Math.abs(Date.parse(entry.recorded_time) - Date.parse(entry.event_time)) > LATE_MS;
  const tone = LOUD.has(entry.kind) ? css.loud : CALM.has(entry.kind) ? css.calm : "";
  const kind = entry.kind as "opened";
  const known = i18n.exists(`incident.event.${kind}`);
  return (
    <li className={tone}>
      <time dateTime={entry.event_time} title={f.exact(entry.event_time)}>
        {f.dateTimeSeconds(entry.event_time)}
      </time>
      <div>
        <span className={css.kind}>{known ? t(`incident.event.${kind}`) : entry.kind}</span>{" "}
        <Muted>{entry.actor}</Muted>
        {entry.text ? <p className={css.text}>{entry.text}</p> : null}
        {late ? (
          <Muted>{t("incident.recorded", { when: f.dateTimeSeconds(entry.recorded_time) })}</Muted>
        ) : null}
      </div>
    </li>
  );
}
