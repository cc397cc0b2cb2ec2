import { createFileRoute } from "@tanstack/react-router";
import { IncidentsPage } from "@/features/incident/list";

export const Route = createFileRoute("/incidents/")({
  validateSearch: (raw: Record<string, unknown>): { state?: "all" | undefined } => ({
    state: raw.state === "all" ? "all" : undefined,
  }),
  staticData: { ranged: false },
  component: () => <IncidentsPage all={Route.useSearch().state === "all"} />,
});
