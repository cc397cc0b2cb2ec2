// Log lines: when, how bad, who, what; a line opens to its attributes. Used by the search, by a request and by its spans.
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { isChangedByReading } from "@/api/exact";
import type { Log } from "@/api/model";
import { useFormat } from "@/lib/view";
import { Attributes, type Pick } from "./attributes";
import css from "./log-lines.module.css";
import { Fact, Facts } from "./page";

const ERROR = 17;
const WARN = 13;

export interface LinesProps {
  logs: readonly Log[];
  /** What they are the lines of. Of a request, a line does not lead to it; of a span, it does not say its service either. */
  of: "search" | "request" | "span";
  /** The line that the page is about: open and marked. */
  current?: string | undefined;
  pick?: Pick | undefined;
}

export function LogLines({ logs, ...rest }: LinesProps) {
  return (
    <ul className={css.lines}>
      {logs.map((log) => (
        <li key={log.id} aria-current={isCurrent(log, rest.current) ? "true" : undefined}>
          <LogLine log={log} {...rest} />
        </li>
      ))}
    </ul>
  );
}

type LineProps = Omit<LinesProps, "logs"> & { log: Log };

function LogLine(props: LineProps) {
  const { log, of } = props;
  const f = useFormat();
  return (
    <details className={css.line} open={isCurrent(log, props.current)}>
      <summary data-row="">
        <time dateTime={log.time} title={f.exactMillis(log.time)}>
          {of === "search" ? f.dateTimeMillis(log.time) : f.millis(log.time)}
        </time>
        <span className={css[tone(log.severity_number)]}>{log.severity || f.none}</span>
        {of === "span" ? null : (
          <span className={css.service} title={log.service}>
            {log.service}
          </span>
        )}
        <span className={css.body}>{log.body}</span>
      </summary>
      <LogDetail {...props} />
    </details>
  );
}

function LogDetail({ log, of, current, pick }: LineProps) {
  const { t } = useTranslation();
  const f = useFormat();
  return (
    <div className={css.detail}>
      <pre className={css.full}>{laidOut(log.body)}</pre>
      <Facts>
        <Fact name={t("log.time")}>{f.exactMillis(log.time)}</Fact>
        {log.event_name ? <Fact name={t("log.event")}>{log.event_name}</Fact> : null}
        {of === "search" && log.trace_id ? (
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
      <Attributes of={log.attributes} pick={pick} />
      {of === "span" ? null : <Attributes of={log.resource} pick={pick} />}
      {isCurrent(log, current) ? null : (
        <p>
          <Link to="/logs" search={{ record: log.id }}>
            {t("log.open")}
          </Link>
        </p>
      )}
    </div>
  );
}

function isCurrent(log: Log, current: string | undefined): boolean {
  return current !== undefined && log.id === current;
}

/** A body that is a JSON object, one key a line; any other as it is, and one whose numbers would not stay the same. */
function laidOut(body: string): string {
  if (!body.trimStart().startsWith("{") || isChangedByReading(body)) return body;
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}

function tone(severity: number): string {
  if (severity >= ERROR) return "error";
  return severity >= WARN ? "warn" : "calm";
}
