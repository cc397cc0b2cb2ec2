import { createFileRoute } from "@tanstack/react-router";
import { LogsPage } from "@/features/log/page";
import { readLogSearch } from "@/features/log/search";

export const Route = createFileRoute("/logs")({
  validateSearch: readLogSearch,
  component: () => <LogsPage search={Route.useSearch()} />,
});
