import { createFileRoute } from "@tanstack/react-router";
import { ServicePage } from "@/features/service/page";

export const Route = createFileRoute("/services/$service")({
  component: () => <ServicePage service={Route.useParams().service} />,
});
