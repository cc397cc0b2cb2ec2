// Log lines: when, how bad, who, what; a line opens to its attributes. Used by the search and by a span's panel.
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Log } from "@/api/model";
import { useFormat } from "@/lib/view";
import { Attributes } from "./attributes";
import css from "./log-lines.module.css";
import { Fact, Facts } from "./page";

const ERROR = 17;
const WARN = 13;

export function LogLines({ logs, linked }: { logs: readonly Log[]; linked: boolean }) {
  return (
    <ul className={css.lines}>
      {logs.map((log, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: a log line has no id of its own, and equal ones may repeat.
        <li key={`${log.time}/${log.span_id}/${index}`}>
          <LogLine log={log} linked={linked} />
        </li>
      ))}
    </ul>
  );
}

function LogLine({ log, linked }: { log: Log; linked: boolean }) {
  const f = useFormat();
  return (
    <details className={css.line}>
      <summary data-row="">
        <time dateTime={log.time} title={f.exact(log.time)}>
          {linked ? f.dateTimeSeconds(log.time) : f.seconds(log.time)}
        </time>
        <span className={css[tone(log.severity_number)]}>{log.severity || f.none}</span>
        {linked ? <span className={css.service}>{log.service}</span> : null}
        <span className={css.body}>{log.body}</span>
      </summary>
      <LogDetail log={log} linked={linked} />
    </details>
  );
}

function LogDetail({ log, linked }: { log: Log; linked: boolean }) {
  const { t } = useTranslation();
  const f = useFormat();
  return (
    <div className={css.detail}>
      <pre className={css.full}>{log.body}</pre>
      <Facts>
        <Fact name={t("log.time")}>{f.exact(log.time)}</Fact>
        {log.event_name ? <Fact name={t("log.event")}>{log.event_name}</Fact> : null}
        {linked && log.trace_id ? (
          <Fact name={t("log.trace")}>
            <Link
              to="/traces/$traceId"
              params={{ traceId: log.trace_id }}
              search={{ span: log.span_id ?? undefined }}
            >
              {log.trace_id}
            </Link>
          </Fact>
        ) : null}
      </Facts>
      <Attributes of={log.attributes} />
      {linked ? <Attributes of={log.resource} /> : null}
    </div>
  );
}

function tone(severity: number): string {
  if (severity >= ERROR) return "error";
  return severity >= WARN ? "warn" : "calm";
}
