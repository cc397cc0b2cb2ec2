import { createFileRoute } from "@tanstack/react-router";
import { PoliciesPage } from "@/features/slo/policy/page";

// No SLO is named "-", so that this is never the page of one.
export const Route = createFileRoute("/slos/-/policies")({
  staticData: { ranged: false },
  component: PoliciesPage,
});
