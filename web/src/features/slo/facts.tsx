// The numbers behind the sentence, exact and each with its meaning.
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { Objective, Slo, SloWindow } from "@/api/model";
import { digitsFor } from "@/lib/promise";
import { useFormat } from "@/lib/view";
import { Snippet } from "@/ui/link";
import { Fact, Facts, Muted, Section } from "@/ui/page";
import css from "./facts.module.css";

export function PromiseFacts({ slo }: { slo: Slo }) {
  const { t } = useTranslation();
  return (
    <Section title={t("slo.fact.title")}>
      {slo.objectives.map((objective) => (
        <ObjectiveFacts
          key={`${objective.display_name}/${objective.target}`}
          slo={slo}
          objective={objective}
        />
      ))}
      <Facts>
        <Fact name={t("slo.fact.state")}>
          {t(`state.${slo.state}`)}
          <Muted> {slo.state_rule}</Muted>
        </Fact>
        <Fact name={t("slo.fact.service")}>
          {slo.service ? (
            <Link to="/services/$service" params={{ service: slo.service }}>
              {slo.service}
            </Link>
          ) : (
            <NotSaid />
          )}
        </Fact>
        <Fact name={t("slo.fact.owner")}>{slo.owner || <NotSaid />}</Fact>
        <Fact name={t("slo.fact.notify")}>{slo.notify.length > 0 ? slo.notify.join(", ") : <Nobody />}</Fact>
        {slo.runbook ? (
          <Fact name={t("slo.fact.runbook")}>
            <Outside href={slo.runbook} />
          </Fact>
        ) : null}
      </Facts>
    </Section>
  );
}

function ObjectiveFacts({ slo, objective }: { slo: Slo; objective: Objective }) {
  const { t } = useTranslation();
  const f = useFormat();
  const window = objective.windows[0];
  return (
    <div className={css.objective}>
      <Facts>
        {objective.display_name ? <Fact name={t("slo.fact.objective")}>{objective.display_name}</Fact> : null}
        <Fact name={t("slo.fact.target")}>
          {f.percent(objective.target, 6)}{" "}
          <Muted>
            {slo.budgeting_method} · {t("slo.fact.rolling", { period: f.span(slo.window_secs) })}
          </Muted>
        </Fact>
        {objective.threshold === null ? null : (
          <Fact name={t("slo.fact.threshold")}>
            <code>
              {slo.sli.value} {slo.sli.op} {objective.threshold}
            </code>
          </Fact>
        )}
        {window === undefined ? null : <WindowFacts window={window} target={objective.target} />}
      </Facts>
    </div>
  );
}

function WindowFacts({ window, target }: { window: SloWindow; target: number }) {
  const { t } = useTranslation();
  const f = useFormat();
  const all = window.good + window.bad;
  const minutes =
    window.minutes_measured +
    window.minutes_zero_traffic +
    window.minutes_unmeasured +
    window.minutes_excluded;
  return (
    <>
      <Fact name={t("slo.fact.attained")}>
        {window.attained === null ? f.none : f.percent(window.attained, digitsFor(target))}
        <br />
        <Muted>{t("slo.fact.failedOf", { bad: f.count(window.bad), all: f.count(all) })}</Muted>
        {window.unknown > 0 ? (
          <>
            <br />
            <Muted>{t("slo.fact.unknown", { unknown: f.count(window.unknown) })}</Muted>
            <Bounds window={window} target={target} />
          </>
        ) : null}
      </Fact>
      <Fact name={t("slo.fact.allowed")}>
        {window.budget_events_allowed === null ? (
          f.none
        ) : (
          <>
            {f.count(Math.floor(window.budget_events_allowed))}{" "}
            <Muted>
              {t("slo.fact.remaining", { n: signed(window.budget_events_remaining, f.count, f.none) })}
            </Muted>
          </>
        )}
      </Fact>
      <Fact name={t("slo.fact.measured")}>
        {t("slo.fact.minutesOf", {
          part: f.count(window.minutes_measured + window.minutes_zero_traffic),
          all: f.count(minutes),
        })}{" "}
        <Muted>{f.percent(window.coverage, 1)}</Muted>
      </Fact>
      <Fact name={t("slo.fact.gaps")}>
        {t("slo.fact.gapsText", {
          zero: f.count(window.minutes_zero_traffic),
          unmeasured: f.count(window.minutes_unmeasured),
          excluded: f.count(window.minutes_excluded),
        })}
        {window.complete ? null : (
          <>
            <br />
            <Muted>{t("slo.fact.incomplete")}</Muted>
          </>
        )}
      </Fact>
    </>
  );
}

/** What unknown events leave open; nothing where they were not told apart. */
function Bounds({ window, target }: { window: SloWindow; target: number }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { attained_least: least, attained_most: most } = window;
  if (least === null || most === null) return null;
  const digits = digitsFor(target);
  return (
    <>
      <br />
      <Muted>
        {t("slo.fact.bounds", { least: f.percent(least, digits), most: f.percent(most, digits) })}
      </Muted>
    </>
  );
}

function signed(value: number | null, count: (n: number) => string, none: string): string {
  if (value === null) return none;
  return value < 0 ? `−${count(Math.ceil(-value))}` : count(Math.floor(value));
}

function NotSaid() {
  const { t } = useTranslation();
  return <Muted>{t("slo.fact.notSaid")}</Muted>;
}

function Nobody() {
  const { t } = useTranslation();
  return <strong>{t("slo.fact.nobody")}</strong>;
}

/** Only web addresses become links: a definition may hold anything. */
function Outside({ href }: { href: string }) {
  if (!/^https?:\/\//.test(href)) return <>{href}</>;
  return (
    <a href={href} rel="noreferrer">
      {href}
    </a>
  );
}

export function Definition({ slo }: { slo: Slo }) {
  const { t } = useTranslation();
  const f = useFormat();
  return (
    <Section title={t("slo.definition")} note={t("slo.revision", { revision: f.count(slo.revision) })}>
      {slo.description ? <p className={css.description}>{slo.description}</p> : null}
      <details>
        <summary className={css.summary}>{t("slo.showDefinition")}</summary>
        <Snippet label={t("slo.definition")} text={slo.definition} />
      </details>
    </Section>
  );
}
