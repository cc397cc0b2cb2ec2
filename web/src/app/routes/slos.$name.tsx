import { createFileRoute } from "@tanstack/react-router";
import { SloPage } from "@/features/slo/page";
import { readSloSearch } from "@/features/slo/search";

export const Route = createFileRoute("/slos/$name")({
  staticData: { range: "24h" },
  validateSearch: readSloSearch,
  component: () => <SloPage name={Route.useParams().name} search={Route.useSearch()} />,
});
