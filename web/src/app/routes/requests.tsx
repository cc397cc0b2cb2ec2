import { createFileRoute } from "@tanstack/react-router";
import { RequestsPage } from "@/features/request/page";
import { readRequestSearch } from "@/features/request/search";

export const Route = createFileRoute("/requests")({
  validateSearch: readRequestSearch,
  component: () => <RequestsPage search={Route.useSearch()} />,
});
