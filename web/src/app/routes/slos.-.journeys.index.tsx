import { createFileRoute } from "@tanstack/react-router";
import { JourneysPage } from "@/features/journey/list";

// No SLO is named "-", so that this is never the page of one.
export const Route = createFileRoute("/slos/-/journeys/")({
  staticData: { ranged: false },
  component: JourneysPage,
});
