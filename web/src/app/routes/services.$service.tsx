import { createFileRoute } from "@tanstack/react-router";
import { ServicePage } from "@/features/service/page";
import { readServiceSearch } from "@/features/service/search";

export const Route = createFileRoute("/services/$service")({
  validateSearch: readServiceSearch,
  component: () => <ServicePage service={Route.useParams().service} search={Route.useSearch()} />,
});
