// What teams agreed to do as their budgets run low: each policy with its rules, and what stands of them now.
import { Link } from "@tanstack/react-router";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { BudgetPolicy, BudgetRule } from "@/api/model";
import { useBudgetPolicies, useSlos } from "@/api/reads";
import { reviewIsDue } from "@/lib/promise";
import { useFormat, useNow } from "@/lib/view";
import { Answer, Empty } from "@/ui/answer";
import { Snippet } from "@/ui/link";
import { Fact, Facts, Muted, Page, Section } from "@/ui/page";
import { firstPolicy } from "./first";
import css from "./policy.module.css";
import { Standing } from "./standing";

export function PoliciesPage() {
  const { t } = useTranslation();
  const query = useBudgetPolicies();
  const policies = query.data?.policies ?? [];
  return (
    <Page title={t("policy.title")} lead={policies.length > 0 ? <Lead policies={policies} /> : undefined}>
      <Answer query={query} rows={6} isEmpty={(data) => data.policies.length === 0} empty={<First />}>
        {(data) => data.policies.map((policy) => <Policy key={policy.name} policy={policy} />)}
      </Answer>
    </Page>
  );
}

function Lead({ policies }: { policies: readonly BudgetPolicy[] }) {
  const { t } = useTranslation();
  const f = useFormat();
  const standing = policies.flatMap((policy) => policy.rules).flatMap((rule) => rule.standing);
  const slos = new Set(standing.map((each) => each.slo)).size;
  return (
    <p>{slos === 0 ? t("policy.lead.none") : t("policy.lead.some", { count: slos, slos: f.count(slos) })}</p>
  );
}

/** With none yet: why there should be one, and a first one to begin with. */
function First() {
  const { t } = useTranslation();
  const slo = useSlos().data?.slos[0];
  return (
    <>
      <Empty title={t("policy.empty")}>
        {slo === undefined ? (
          <Link to="/slos/-/new">{t("policy.sloFirst")}</Link>
        ) : (
          <p>{t("policy.first")}</p>
        )}
      </Empty>
      {slo === undefined ? null : (
        <Snippet label={t("slo.definition")} text={firstPolicy(slo.name, t("policy.example"))} />
      )}
    </>
  );
}

function Policy({ policy }: { policy: BudgetPolicy }) {
  const { t } = useTranslation();
  return (
    <Section title={policy.display_name} note={policy.display_name === policy.name ? undefined : policy.name}>
      {policy.description ? <p className={css.description}>{policy.description}</p> : null}
      <ol className={css.rules} aria-label={t("policy.rules")}>
        {policy.rules.map((rule) => (
          <Rule key={rule.name} policy={policy} rule={rule} />
        ))}
      </ol>
      <Facts>
        <Fact name={t("policy.slos")}>
          <Slos policy={policy} />
        </Fact>
        {policy.owner ? <Fact name={t("slo.fact.owner")}>{policy.owner}</Fact> : null}
        <Review policy={policy} />
      </Facts>
    </Section>
  );
}

function Rule({ policy, rule }: { policy: BudgetPolicy; rule: BudgetRule }) {
  const { t } = useTranslation();
  const called = (name: string) => policy.slos.find((slo) => slo.name === name)?.display_name ?? name;
  const told = rule.notify.length > 0 && (rule.freeze !== null || rule.postmortem);
  return (
    <li className={css.rule}>
      <p>
        <strong>{rule.name}</strong> <Muted>{t("policy.when", { when: rule.when })}</Muted>
      </p>
      <p>
        {rule.then}
        {told ? <Muted> {t("policy.told", { who: rule.notify.join(", ") })}</Muted> : null}
      </p>
      {rule.standing.map((each) => (
        <Standing key={`${each.slo}/${each.incident}`} standing={each} slo={called(each.slo)} />
      ))}
    </li>
  );
}

function Slos({ policy }: { policy: BudgetPolicy }) {
  const { t } = useTranslation();
  if (policy.slos.length === 0) return <Muted>{t("policy.noSlo")}</Muted>;
  const links = policy.slos.map<ReactNode>((slo) => (
    <Link key={slo.name} to="/slos/$name" params={{ name: slo.name }}>
      {slo.display_name}
    </Link>
  ));
  return <span className={css.slos}>{links}</span>;
}

/** When someone looks at it again; said loudly once that day has come. */
function Review({ policy }: { policy: BudgetPolicy }) {
  const { t } = useTranslation();
  const f = useFormat();
  const today = f.civilDay(useNow());
  if (policy.review_on === null) return null;
  return (
    <Fact name={t("slo.fact.review")}>
      <time dateTime={policy.review_on}>{f.civilDate(policy.review_on)}</time>
      {reviewIsDue(policy, today) ? <strong> {t("slo.fact.reviewDue")}</strong> : null}
    </Fact>
  );
}
