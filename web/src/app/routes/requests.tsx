import { createFileRoute } from "@tanstack/react-router";
import { RequestsPage, readRequestSearch } from "@/features/request/page";

export const Route = createFileRoute("/requests")({
  validateSearch: readRequestSearch,
  component: () => <RequestsPage search={Route.useSearch()} />,
});
