// Where no log line ever came: how to send some. It must never be shown where lines are stored and only none of them fits.
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { StoreReport } from "@/api/model";
import { useStatus } from "@/api/reads";
import { Empty } from "@/ui/answer";
import { Snippet } from "@/ui/link";
import { Section } from "@/ui/page";
import { lineSnippet } from "./snippet";

export default function Never({ report }: { report: StoreReport }) {
  const { t } = useTranslation();
  const status = useStatus().data;
  const logs = report.signals.find((each) => each.signal === "logs");
  // Lines that were rejected and requests that were refused do not add up to one number: the store tells each.
  const isRefused =
    logs?.rejected.some((each) => each.items > 0) ||
    report.refused.some((each) => each.signal === "logs" && each.requests > 0);
  return (
    <>
      <Empty title={t("log.never")}>
        <p>{t("log.neverHow")}</p>
        {isRefused ? (
          <p>
            <Link to="/store">{t("log.neverRefused")}</Link>
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
