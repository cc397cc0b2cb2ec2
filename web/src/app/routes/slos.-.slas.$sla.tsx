import { createFileRoute } from "@tanstack/react-router";
import { SlaPage } from "@/features/sla/page";

export const Route = createFileRoute("/slos/-/slas/$sla")({
  staticData: { ranged: false },
  component: () => <SlaPage name={Route.useParams().sla} />,
});
