import { createFileRoute } from "@tanstack/react-router";
import { isTraceId } from "@/features/trace/id";
import { TracePage } from "@/features/trace/page";
import { NoSuch } from "@/ui/no-such";

export const Route = createFileRoute("/traces/$traceId")({
  validateSearch: (raw: Record<string, unknown>): { span?: string | undefined } => ({
    span: typeof raw.span === "string" ? raw.span : undefined,
  }),
  staticData: { ranged: false },
  component: () => {
    const { traceId } = Route.useParams();
    const { span } = Route.useSearch();
    return isTraceId(traceId) ? (
      <TracePage traceId={traceId} span={span} />
    ) : (
      <NoSuch kind="trace" name={traceId} />
    );
  },
});
