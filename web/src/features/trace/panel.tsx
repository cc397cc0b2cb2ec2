// All about one span: what, when, how it ended, exceptions, attributes, its logs. Beside the waterfall, never in it.
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Span } from "@/api/model";
import { useSpanLogs } from "@/api/reads";
import { oldestFirst } from "@/lib/order";
import { useFormat } from "@/lib/view";
import { Answer } from "@/ui/answer";
import { Attributes } from "@/ui/attributes";
import { Pre } from "@/ui/link";
import { LogLines } from "@/ui/log-lines";
import { Fact, Facts, Muted, Section } from "@/ui/page";
import css from "./panel.module.css";
import { boundsOf, failed, type Row, type Tree } from "./tree";

export function SpanPanel({ traceId, row, tree }: { traceId: string; row: Row; tree: Tree }) {
  const { t } = useTranslation();
  const { span } = row;
  return (
    <aside id="span-panel" tabIndex={-1} className={css.panel} aria-label={t("trace.panel")}>
      <h2>{span.name}</h2>
      <SpanFacts row={row} />
      <Exceptions span={span} />
      {Object.keys(span.attributes).length > 0 ? (
        <Section title={t("trace.attributes")}>
          <Attributes of={span.attributes} />
        </Section>
      ) : null}
      <SpanLogs key={span.span_id} traceId={traceId} spanId={span.span_id} tree={tree} />
      <Others span={span} />
    </aside>
  );
}

function SpanFacts({ row }: { row: Row }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { span } = row;
  return (
    <Facts>
      <Fact name={t("trace.service")}>
        <Link to="/services/$service" params={{ service: span.service }}>
          {span.service}
        </Link>{" "}
        <Muted>{[span.namespace, span.environment].filter(Boolean).join(" · ")}</Muted>
      </Fact>
      <Fact name={t("trace.kind")}>{span.kind}</Fact>
      <Fact name={t("trace.started")}>
        {f.exactMillis(span.start)} <Muted>+{f.ms(row.offsetNs / 1e6)}</Muted>
      </Fact>
      <Fact name={t("trace.tookFact")}>{f.ms(span.duration_ns / 1e6)}</Fact>
      <Fact name={t("trace.status")}>
        <span className={failed(span) ? css.error : undefined}>
          {[span.status, span.status_message].filter(Boolean).join(" · ")}
        </span>
      </Fact>
      <Fact name={t("trace.spanId")}>
        <code>{span.span_id}</code>
      </Fact>
    </Facts>
  );
}

function Exceptions({ span }: { span: Span }) {
  const { t } = useTranslation();
  const found = span.events.filter((event) => event.name === "exception");
  if (found.length === 0) return null;
  return (
    <Section title={t("trace.exceptions")}>
      {found.map((event) => (
        <div key={event.time} className={css.exception}>
          <p>
            <strong>{String(event.attributes["exception.type"] ?? "")}</strong>{" "}
            {String(event.attributes["exception.message"] ?? "")}
          </p>
          {event.attributes["exception.stacktrace"] ? (
            <Pre label={t("trace.stack")} text={String(event.attributes["exception.stacktrace"])} />
          ) : null}
        </div>
      ))}
    </Section>
  );
}

function SpanLogs({ traceId, spanId, tree }: { traceId: string; spanId: string; tree: Tree }) {
  const { t } = useTranslation();
  const query = useSpanLogs(traceId, spanId, boundsOf(tree));
  return (
    <Section title={t("trace.spanLogs")} note={query.data ? query.data.logs.length : undefined}>
      <Answer
        query={query}
        rows={2}
        isEmpty={(data) => data.logs.length === 0}
        empty={<Muted>{t("trace.noSpanLogs")}</Muted>}
      >
        {(data) => <LogLines logs={oldestFirst(data.logs)} of="span" />}
      </Answer>
    </Section>
  );
}

/** Resource, other events and links: there when asked for. */
function Others({ span }: { span: Span }) {
  const { t } = useTranslation();
  const f = useFormat();
  const events = span.events.filter((event) => event.name !== "exception");
  return (
    <div className={css.others}>
      {events.length > 0 ? (
        <details>
          <summary>{t("trace.events", { count: events.length })}</summary>
          {events.map((event) => (
            <div key={`${event.time}${event.name}`}>
              <p>
                <Muted>{f.millis(event.time)}</Muted> {event.name}
              </p>
              <Attributes of={event.attributes} />
            </div>
          ))}
        </details>
      ) : null}
      {span.links.length > 0 ? (
        <details>
          <summary>{t("trace.links", { count: span.links.length })}</summary>
          {span.links.map((link) => (
            <p key={link.span_id}>
              <Link to="/traces/$traceId" params={{ traceId: link.trace_id }} search={{ span: link.span_id }}>
                {link.trace_id}
              </Link>
            </p>
          ))}
        </details>
      ) : null}
      <details>
        <summary>{t("trace.resource")}</summary>
        <Attributes of={span.resource} />
      </details>
    </div>
  );
}
