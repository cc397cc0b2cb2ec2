// Alert rules: what each waits for, how it stands and why, who acts and what to do.
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { AlertRule, AlertRuleGroup } from "@/api/model";
import { useAlertRules, useServices } from "@/api/reads";
import type { Format } from "@/lib/format";
import { useFormat, useNow, useView } from "@/lib/view";
import { Answer, Empty } from "@/ui/answer";
import { Snippet } from "@/ui/link";
import { Fact, Facts, Muted, Page, Section } from "@/ui/page";
import { Glyph } from "@/ui/state";
import { firstRule } from "./first";
import css from "./rule.module.css";

const GLYPHS = { firing: "critical", pending: "rising", unknown: "no_data", fine: "fine" } as const;

export function AlertRulesPage() {
  const { t } = useTranslation();
  const query = useAlertRules();
  const rules = query.data?.alert_rules ?? [];
  return (
    <Page title={t("rule.title")} lead={rules.length > 0 ? <Lead rules={rules} /> : undefined}>
      <Answer query={query} rows={6} isEmpty={(data) => data.alert_rules.length === 0} empty={<First />}>
        {(data) => [...data.alert_rules].sort(byState).map((rule) => <Rule key={rule.name} rule={rule} />)}
      </Answer>
    </Page>
  );
}

const ORDER = ["firing", "pending", "unknown", "fine"];

/** What needs someone comes first. */
function byState(a: AlertRule, b: AlertRule): number {
  return ORDER.indexOf(a.state) - ORDER.indexOf(b.state) || a.name.localeCompare(b.name);
}

function Lead({ rules }: { rules: readonly AlertRule[] }) {
  const { t } = useTranslation();
  const f = useFormat();
  const count = (state: string) => rules.filter((rule) => rule.state === state).length;
  const [firing, unknown] = [count("firing"), count("unknown")];
  return (
    <p>
      {[
        firing === 0 ? t("rule.lead.none") : t("rule.lead.some", { count: firing, rules: f.count(firing) }),
        unknown === 0 ? "" : t("rule.lead.unknown", { count: unknown, rules: f.count(unknown) }),
      ]
        .filter(Boolean)
        .join(t("sentenceGap"))}
    </p>
  );
}

/** With none yet: what they are for, and a first one to begin with. */
function First() {
  const { t } = useTranslation();
  const { bounds } = useView();
  const service = useServices(bounds).data?.services[0]?.service ?? "checkout";
  return (
    <>
      <Empty title={t("rule.empty")}>
        <p>{t("rule.first")}</p>
        <p>{t("rule.targetFirst")}</p>
      </Empty>
      <Snippet label={t("rule.firstTitle")} text={firstRule(service, t("rule.firstAction"))} />
    </>
  );
}

function Rule({ rule }: { rule: AlertRule }) {
  const { t } = useTranslation();
  const f = useFormat();
  const heading = (
    <>
      <Glyph state={GLYPHS[rule.state]} /> {rule.display_name}
    </>
  );
  const told = t("rule.told", { severity: t(`rule.severity.${rule.severity}`), who: rule.notify.join(", ") });
  return (
    <Section
      id={rule.name}
      title={heading}
      note={[t(`rule.state.${rule.state}`), rule.display_name === rule.name ? "" : rule.name]
        .filter(Boolean)
        .join(" · ")}
    >
      {rule.description ? <p className={css.description}>{rule.description}</p> : null}
      <p>
        {t("rule.when", { when: rule.when })}{" "}
        {rule.for_minutes > 1 ? t("rule.for", { span: f.span(rule.for_minutes * 60) }) : null}{" "}
        <Muted>{told}</Muted>
      </p>
      {rule.trouble === null ? null : (
        <p className={css.trouble}>{t("rule.trouble", { why: rule.trouble })}</p>
      )}
      <Groups rule={rule} />
      <RuleFacts rule={rule} />
    </Section>
  );
}

function Groups({ rule }: { rule: AlertRule }) {
  const { t } = useTranslation();
  if (rule.judged_at === null) return <p className={css.quiet}>{t("rule.notYet")}</p>;
  if (rule.groups.length === 0) return <p className={css.quiet}>{t("rule.noGroup")}</p>;
  return (
    <>
      <ul className={css.groups} aria-label={t("rule.groups")}>
        {rule.groups.map((group) => (
          <Group key={group.label} group={group} />
        ))}
      </ul>
      {rule.more_groups ? <p className={css.quiet}>{t("rule.moreGroups")}</p> : null}
    </>
  );
}

function Group({ group }: { group: AlertRuleGroup }) {
  const { t } = useTranslation();
  const f = useFormat();
  return (
    <li className={css.group} data-state={group.state}>
      <span>
        <Glyph state={GLYPHS[group.state]} /> {t(`rule.state.${group.state}`)}
      </span>{" "}
      {group.label === "" ? null : <strong>{group.label}</strong>}{" "}
      {group.text === null ? t("rule.nothing") : inZone(group.text, f)}{" "}
      {group.since === null ? null : <Muted>{t("rule.since", { when: f.dateTime(group.since) })}</Muted>}{" "}
      {group.incident === null ? null : (
        <Link to="/incidents/$id" params={{ id: String(group.incident) }}>{`INC-${group.incident}`}</Link>
      )}
    </li>
  );
}

const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g;

/** The server's words with their times in the zone of the page. */
function inZone(text: string, f: Format): string {
  return text.replace(TIME, (at) => f.dateTime(at));
}

function RuleFacts({ rule }: { rule: AlertRule }) {
  const { t } = useTranslation();
  const f = useFormat();
  const now = useNow();
  const fired = rule.last_fired_at;
  return (
    <Facts>
      {rule.action === "" ? null : (
        <Fact name={t("rule.do")}>
          <span className={css.action}>{rule.action.trimEnd()}</span>
        </Fact>
      )}
      {rule.runbook === null ? null : (
        <Fact name={t("rule.runbook")}>
          <a href={rule.runbook} rel="noreferrer">
            {rule.runbook}
          </a>
        </Fact>
      )}
      <Fact name={t("rule.owner")}>{rule.owner}</Fact>
      <Fact name={t("rule.fired")}>
        {fired === null ? <Muted>{t("rule.never")}</Muted> : `${f.dateTime(fired)} (${f.ago(fired, now)})`}
      </Fact>
      {rule.judged_at === null ? null : <Fact name={t("rule.judged")}>{f.dateTime(rule.judged_at)}</Fact>}
      {rule.muted_until === null ? null : (
        <Fact name={t("rule.muted")}>
          {t("rule.mutedUntil", { when: f.dateTime(rule.muted_until), who: rule.muted_by ?? "" })}
        </Fact>
      )}
    </Facts>
  );
}
