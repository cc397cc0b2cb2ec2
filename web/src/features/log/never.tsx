// Where no log line ever came: how to send some. It must never be shown where lines are stored and only none of them fits.
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { StoreReport } from "@/api/model";
import { useStatus } from "@/api/reads";
import { useFormat } from "@/lib/view";
import { Empty } from "@/ui/answer";
import { Snippet } from "@/ui/link";
import { Section } from "@/ui/page";
import { lineSnippet } from "./snippet";

export default function Never({ report }: { report: StoreReport }) {
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
