import { createFileRoute } from "@tanstack/react-router";
import { readTab, SetupPage, type Tab } from "@/features/setup/page";

export const Route = createFileRoute("/setup")({
  validateSearch: (raw: Record<string, unknown>): { tab?: Tab | undefined } => ({ tab: readTab(raw.tab) }),
  staticData: { ranged: false },
  component: () => <SetupPage tab={Route.useSearch().tab ?? "send"} />,
});
