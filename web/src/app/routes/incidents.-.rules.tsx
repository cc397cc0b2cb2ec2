import { createFileRoute } from "@tanstack/react-router";
import { AlertRulesPage } from "@/features/alert-rule/page";

// Incidents have numbers, so that this is never the page of one.
export const Route = createFileRoute("/incidents/-/rules")({
  staticData: { ranged: false },
  component: AlertRulesPage,
});
