import { createFileRoute } from "@tanstack/react-router";
import { ReportPage } from "@/features/report/page";
import { readReportSearch } from "@/features/report/search";

// No SLO is named "-", so that this is never the page of one.
export const Route = createFileRoute("/slos/-/report")({
  staticData: { ranged: false },
  validateSearch: readReportSearch,
  component: () => <ReportPage search={Route.useSearch()} />,
});
