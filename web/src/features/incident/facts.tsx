// The facts beside the feed, with severity and owner to change, and the requests that show the harm.
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Incident, Severity } from "@/api/model";
import { detailOf } from "@/api/problem";
import { useSession } from "@/api/reads";
import { useIncidentChange } from "@/api/writes";
import { useFormat } from "@/lib/view";
import { Button } from "@/ui/button";
import { Choice, Field, Form, Text } from "@/ui/field";
import { Fact, Facts, Muted, Section } from "@/ui/page";
import { RowLink } from "@/ui/table";
import css from "./facts.module.css";
import { metSentence } from "./met";
import { SEVERITIES } from "./severity";

export function IncidentFacts({ incident }: { incident: Incident }) {
  const { t } = useTranslation();
  const f = useFormat();
  return (
    <Section title={t("incident.fact.title")}>
      <Facts>
        <Fact name={t("incident.fact.state")}>{t(`incident.state.${incident.state}`)}</Fact>
        <Fact name={t("incident.fact.kind")}>{t(`incident.kind.${incident.kind}`)}</Fact>
        <Fact name={t("incident.fact.opened")}>{f.exact(incident.opened_at)}</Fact>
        {incident.acknowledged_at ? (
          <Fact name={t("incident.fact.acknowledged")}>
            {f.exact(incident.acknowledged_at)} <Muted>{incident.acknowledged_by}</Muted>
          </Fact>
        ) : null}
        {incident.resolved_at ? (
          <Fact name={t("incident.fact.resolved")}>
            {f.exact(incident.resolved_at)} <Muted>{incident.resolved_by}</Muted>
          </Fact>
        ) : null}
        {incident.service ? (
          <Fact name={t("incident.fact.service")}>
            <Link to="/services/$service" params={{ service: incident.service }}>
              {incident.service}
            </Link>
          </Fact>
        ) : null}
        <Fact name={t("incident.fact.owner")}>
          {incident.owner ?? <Muted>{t("incident.fact.nobody")}</Muted>}
        </Fact>
        {incident.alert_rule ? (
          <Fact name={t("rule.of")}>
            <Link to="/incidents/-/rules" hash={incident.alert_rule}>
              {incident.alert_rule}
            </Link>
          </Fact>
        ) : null}
        {incident.action ? (
          <Fact name={t("rule.do")}>
            <span className={css.action}>{incident.action.trimEnd()}</span>
          </Fact>
        ) : null}
        {incident.runbook ? (
          <Fact name={t("incident.fact.runbook")}>
            <Runbook href={incident.runbook} />
          </Fact>
        ) : null}
      </Facts>
      <Change incident={incident} />
    </Section>
  );
}

/** Only web addresses become links: a definition may hold anything. */
function Runbook({ href }: { href: string }) {
  if (!/^https?:\/\//.test(href)) return <>{href}</>;
  return (
    <a href={href} rel="noreferrer">
      {href}
    </a>
  );
}

function Change({ incident }: { incident: Incident }) {
  const { t } = useTranslation();
  const change = useIncidentChange(incident.id);
  const me = useSession().data?.account?.name;
  const [owner, setOwner] = useState(incident.owner ?? "");
  return (
    <div className={css.change}>
      <Field label={t("incident.fact.severity")}>
        <Choice
          value={incident.severity}
          disabled={change.isPending}
          onChange={(event) => change.mutate({ act: "severity", severity: event.target.value as Severity })}
        >
          {SEVERITIES.map((each) => (
            <option key={each} value={each}>
              {t(`severity.${each}`)}
            </option>
          ))}
        </Choice>
      </Field>
      <Form
        inline
        label={t("incident.act.owner")}
        onSubmit={() => change.mutate({ act: "owner", owner: owner.trim() || null })}
      >
        <Field label={t("incident.fact.owner")}>
          <Text value={owner} onChange={(event) => setOwner(event.target.value)} />
        </Field>
        <Button type="submit" disabled={change.isPending}>
          {t("incident.act.owner")}
        </Button>
        {me && incident.owner !== me ? (
          <Button
            weight="quiet"
            onClick={() => {
              setOwner(me);
              change.mutate({ act: "owner", owner: me });
            }}
          >
            {t("incident.act.take")}
          </Button>
        ) : null}
      </Form>
      {change.error ? <p role="alert">{detailOf(change.error)}</p> : null}
    </div>
  );
}

const EXAMPLES_MOST = 5;

/** What the alert is about: traces, or log records. What the impact names later is newer, and as much. */
export function Found({ incident }: { incident: Incident }) {
  const { t } = useTranslation();
  if (incident.examples.length === 0 || incident.impact?.example_traces.length) return null;
  return (
    <Section title={t("rule.examples")}>
      <ul className={css.examples}>
        {incident.examples.map((example) => (
          <li key={example.path}>
            <Example path={example.path} text={example.text} />
          </li>
        ))}
      </ul>
    </Section>
  );
}

/** A trace by its id, a record by its place; both as the server wrote them. */
function Example({ path, text }: { path: string; text: string }) {
  const [, trace, span] = /^\/traces\/([0-9a-f]{32})(?:\?span=([0-9a-f]{16}))?$/.exec(path) ?? [];
  const record = /^\/logs\?record=([\w-]+)$/.exec(path)?.[1];
  if (trace !== undefined)
    return (
      <RowLink to="/traces/$traceId" params={{ traceId: trace }} {...(span ? { search: { span } } : {})}>
        {text}
      </RowLink>
    );
  return record === undefined ? (
    <span>{text}</span>
  ) : (
    <RowLink to="/logs" search={{ record }}>
      {text}
    </RowLink>
  );
}

export function Examples({ incident }: { incident: Incident }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { impact } = incident;
  if (impact === null) return null;
  return (
    <Section
      title={t("incident.impact.title")}
      note={`${f.dateTime(impact.from)} – ${f.dateTime(impact.to)}`}
    >
      <p className={css.impact}>
        {t(metSentence(impact), {
          requests: f.count(impact.requests),
          users: f.count(impact.users),
        })}
      </p>
      {impact.example_traces.length > 0 ? (
        <ul className={css.examples} aria-label={t("incident.impact.examples")}>
          {impact.example_traces.slice(0, EXAMPLES_MOST).map((id, index) => (
            <li key={id}>
              <RowLink to="/traces/$traceId" params={{ traceId: id }}>
                {t("incident.impact.example", { n: index + 1 })}
              </RowLink>{" "}
              <Muted>{id.slice(0, 16)}…</Muted>
            </li>
          ))}
        </ul>
      ) : null}
    </Section>
  );
}
