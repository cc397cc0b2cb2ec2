import { createFileRoute } from "@tanstack/react-router";
import { JourneyPage } from "@/features/journey/page";

export const Route = createFileRoute("/slos/-/journeys/$journey")({
  staticData: { ranged: false },
  component: () => <JourneyPage name={Route.useParams().journey} />,
});
