// Set-up: send the first data and see it arrive; who is told; tokens; what was changed by whom.
import { useTranslation } from "react-i18next";
import { Page } from "@/ui/page";
import { Tabs } from "@/ui/tabs";
import { AuditList } from "./audit";
import { Send } from "./send";
import { Targets } from "./targets";
import { Tokens } from "./tokens";

const TABS = ["send", "targets", "tokens", "audit"] as const;
export type Tab = (typeof TABS)[number];

export function readTab(value: unknown): Tab | undefined {
  return TABS.find((tab) => tab === value);
}

export function SetupPage({ tab }: { tab: Tab }) {
  const { t } = useTranslation();
  return (
    <Page title={t("nav.setup")} lead={<p>{t(`setup.lead.${tab}`)}</p>}>
      <Tabs
        label={t("nav.setup")}
        param="tab"
        current={tab}
        tabs={TABS.map((each) => ({ value: each, title: t(`setup.tab.${each}`) }))}
      />
      {tab === "send" ? <Send /> : null}
      {tab === "targets" ? <Targets /> : null}
      {tab === "tokens" ? <Tokens /> : null}
      {tab === "audit" ? <AuditList /> : null}
    </Page>
  );
}
