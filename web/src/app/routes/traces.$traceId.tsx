import { createFileRoute } from "@tanstack/react-router";
import { TracePage } from "@/features/trace/page";

export const Route = createFileRoute("/traces/$traceId")({
  validateSearch: (raw: Record<string, unknown>): { span?: string | undefined } => ({
    span: typeof raw.span === "string" ? raw.span : undefined,
  }),
  staticData: { ranged: false },
  component: () => <TracePage traceId={Route.useParams().traceId} span={Route.useSearch().span} />,
});
