import { createFileRoute } from "@tanstack/react-router";
import { SlosPage } from "@/features/slo/list";

export const Route = createFileRoute("/slos/")({
  staticData: { range: "24h" },
  component: SlosPage,
});
