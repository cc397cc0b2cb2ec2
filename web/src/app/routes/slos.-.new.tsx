import { createFileRoute } from "@tanstack/react-router";
import { SuggestPage } from "@/features/slo/suggest/page";
import { readSuggestSearch } from "@/features/slo/suggest/search";

// No SLO is named "-", so that this is never the page of one.
export const Route = createFileRoute("/slos/-/new")({
  staticData: { ranged: false },
  validateSearch: readSuggestSearch,
  component: () => <SuggestPage search={Route.useSearch()} />,
});
