import { createFileRoute } from "@tanstack/react-router";
import { StorePage } from "@/features/store/page";
import { readSort, type Sort } from "@/features/store/sort";

export const Route = createFileRoute("/store")({
  staticData: { ranged: false },
  validateSearch: (raw: Record<string, unknown>): { sort?: Sort | undefined } => ({
    sort: readSort(raw.sort),
  }),
  component: () => <StorePage sort={Route.useSearch().sort} />,
});
