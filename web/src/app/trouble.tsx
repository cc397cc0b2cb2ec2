// Addresses that lead nowhere, and pages that broke.
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { detailOf } from "@/api/problem";
import { Button } from "@/ui/button";
import { Muted, Page } from "@/ui/page";

export function Missing() {
  const { t } = useTranslation();
  return (
    <Page title={t("missing.title")} lead={t("missing.lead")}>
      <p>
        <Link to="/">{t("nav.today")}</Link>
      </p>
    </Page>
  );
}

/** A page that failed to load or to draw; often it is older than the server, and loading it again helps. */
export function Broken({ error }: { error: unknown }) {
  const { t } = useTranslation();
  return (
    <Page title={t("broken.title")} lead={t("broken.lead")}>
      <Muted>{detailOf(error)}</Muted>
      <p>
        <Button onClick={() => window.location.reload()}>{t("broken.reload")}</Button>
      </p>
    </Page>
  );
}
