// A rule that stands, in a line: for which SLO or by which policy, since when, why and what follows.
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { StandingRule } from "@/api/model";
import { useFormat } from "@/lib/view";
import css from "./policy.module.css";

/** `slo` is what people call the SLO, where that is not known from where this stands. */
export function Standing({ standing, slo }: { standing: StandingRule; slo?: string }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { incident } = standing;
  return (
    <p className={css.standing} data-freeze={standing.freeze ?? undefined}>
      {slo !== undefined ? (
        <Link to="/slos/$name" params={{ name: standing.slo }}>
          {slo}
        </Link>
      ) : (
        <Link to="/slos/-/policies">{t("policy.by", { policy: standing.policy, rule: standing.rule })}</Link>
      )}{" "}
      <span>{t("policy.since", { when: f.dateTime(standing.since), text: standing.text })}</span>{" "}
      {incident === null ? null : (
        <Link to="/incidents/$id" params={{ id: String(incident) }}>{`INC-${incident}`}</Link>
      )}
    </p>
  );
}
