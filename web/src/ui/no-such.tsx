// What a page says when the one thing it is about is not there: what was asked for, and where all of its kind are.
import { Link, type LinkProps } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { statusOf } from "@/api/problem";
import css from "./answer.module.css";
import { Page } from "./page";

const LISTS = {
  incident: { to: "/incidents", search: { state: "all" } },
  journey: { to: "/slos/-/journeys" },
  sla: { to: "/slos/-/slas" },
  slo: { to: "/slos" },
  trace: { to: "/requests" },
} as const;
export type Kind = keyof typeof LISTS;

export function NoSuch({ kind, name, children }: { kind: Kind; name: string; children?: React.ReactNode }) {
  const { t } = useTranslation();
  return (
    <Page title={t(`noSuch.title.${kind}`, { name })}>
      <div className={css.empty} data-view="missing">
        <p>{t(`noSuch.why.${kind}`)}</p>
        <div>
          <Link {...(LISTS[kind] as LinkProps)}>{t(`noSuch.all.${kind}`)}</Link>
        </div>
        {children}
      </div>
    </Page>
  );
}

/** The thing itself is not there; whatever else failed keeps the server's own words. */
export function isMissing(query: { data: unknown; error: unknown }): boolean {
  return query.data === undefined && statusOf(query.error) === 404;
}
