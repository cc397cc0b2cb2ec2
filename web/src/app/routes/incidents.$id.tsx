import { createFileRoute } from "@tanstack/react-router";
import { IncidentPage } from "@/features/incident/page";

export const Route = createFileRoute("/incidents/$id")({
  staticData: { ranged: false },
  component: () => <IncidentPage id={Number(Route.useParams().id.replace(/^INC-/, ""))} />,
});
