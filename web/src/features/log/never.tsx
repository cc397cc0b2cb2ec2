// Where no log line ever came: how to send some. It must never be shown where lines are stored and only none of them fits.
import { useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { type ReactNode, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import type { StoreReport } from "@/api/model";
import { useStatus, useStore } from "@/api/reads";
import { useFormat } from "@/lib/view";
import { Empty, Loading } from "@/ui/answer";
import { Snippet } from "@/ui/link";
import { Section } from "@/ui/page";
import { lineSnippet } from "./snippet";

/** Whether the store never took a log line: neither since it started nor before. */
export function neverCame(report: StoreReport): boolean {
  const logs = report.signals.find((each) => each.signal === "logs");
  return logs !== undefined && logs.items === 0 && logs.newest_event_at === null && logs.stored.rows === 0;
}

/** `none` is what stands here where lines came, of which none fits. The first line that comes is found by itself. */
export default function NoneOrNever({ none }: { none: ReactNode }) {
  const store = useStore();
  const queries = useQueryClient();
  const never = store.data !== undefined && neverCame(store.data);
  const before = useRef(false);
  useEffect(() => {
    if (before.current && !never) void queries.invalidateQueries({ queryKey: ["logs"] });
    before.current = never;
  }, [never, queries]);
  if (store.isPending) return <Loading rows={2} />;
  return never && store.data !== undefined ? <Never report={store.data} /> : none;
}

function Never({ report }: { report: StoreReport }) {
  const { t } = useTranslation();
  const f = useFormat();
  const status = useStatus().data;
  const logs = report.signals.find((each) => each.signal === "logs");
  const refused =
    (logs?.rejected.reduce((sum, each) => sum + each.items, 0) ?? 0) +
    report.refused.filter((each) => each.signal === "logs").reduce((sum, each) => sum + each.requests, 0);
  return (
    <>
      <Empty title={t("log.never")}>
        <p>{t("log.neverHow")}</p>
        {refused > 0 ? (
          <p>
            <Link to="/store">{t("log.neverRefused", { count: refused, n: f.count(refused) })}</Link>
          </p>
        ) : null}
        <p>
          <Link to="/setup">{t("log.neverNext")}</Link>
        </p>
      </Empty>
      {status === undefined ? null : (
        <Section title={t("log.byHand")} note={t("setup.curlNote")}>
          <Snippet label={t("log.byHand")} text={lineSnippet(status.otlp_http, status.otlp_needs_token)} />
        </Section>
      )}
    </>
  );
}
