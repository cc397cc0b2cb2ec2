import { createFileRoute } from "@tanstack/react-router";
import { LogsPage, readLogSearch } from "@/features/log/page";

export const Route = createFileRoute("/logs")({
  validateSearch: readLogSearch,
  component: () => <LogsPage search={Route.useSearch()} />,
});
