import { createFileRoute } from "@tanstack/react-router";
import { incidentId } from "@/features/incident/id";
import { IncidentPage } from "@/features/incident/page";
import { NoSuch } from "@/ui/no-such";

export const Route = createFileRoute("/incidents/$id")({
  staticData: { ranged: false },
  component: () => {
    const asked = Route.useParams().id;
    const id = incidentId(asked);
    return id === null ? <NoSuch kind="incident" name={asked} /> : <IncidentPage id={id} />;
  },
});
