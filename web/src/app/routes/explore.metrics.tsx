import { createFileRoute } from "@tanstack/react-router";
import { MetricsPage } from "@/features/metric/page";
import { readMetricSearch } from "@/features/metric/search";

export const Route = createFileRoute("/explore/metrics")({
  validateSearch: readMetricSearch,
  component: () => <MetricsPage search={Route.useSearch()} />,
});
