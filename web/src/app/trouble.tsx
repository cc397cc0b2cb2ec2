// Addresses that lead nowhere, and pages that broke.
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { Trouble } from "@/ui/answer";
import { Page } from "@/ui/page";

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

export function Broken({ error, reset }: { error: unknown; reset: () => void }) {
  return <Trouble error={error} retry={reset} />;
}
