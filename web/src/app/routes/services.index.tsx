import { createFileRoute } from "@tanstack/react-router";
import { ServicesPage } from "@/features/service/list";

export const Route = createFileRoute("/services/")({
  component: ServicesPage,
});
