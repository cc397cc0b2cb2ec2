import { createFileRoute } from "@tanstack/react-router";
import { readSqlSearch, SqlPage } from "@/features/sql/page";

export const Route = createFileRoute("/sql")({
  staticData: { ranged: false },
  validateSearch: readSqlSearch,
  component: () => <SqlPage search={Route.useSearch()} />,
});
