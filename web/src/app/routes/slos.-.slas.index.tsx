import { createFileRoute } from "@tanstack/react-router";
import { SlasPage } from "@/features/sla/list";

// No SLO is named "-", so that this is never the page of one.
export const Route = createFileRoute("/slos/-/slas/")({
  staticData: { ranged: false },
  component: SlasPage,
});
