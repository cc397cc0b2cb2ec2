import { createFileRoute } from "@tanstack/react-router";
import { SloPage } from "@/features/slo/page";

export const Route = createFileRoute("/slos/$name")({
  staticData: { range: "24h" },
  component: () => <SloPage name={Route.useParams().name} />,
});
