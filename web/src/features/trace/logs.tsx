// The log lines of a whole request, whichever of its spans wrote them. It must never pass the newest for all there are.
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { useTraceLogs } from "@/api/reads";
import { oldestFirst } from "@/lib/order";
import { useFormat } from "@/lib/view";
import { Answer } from "@/ui/answer";
import { LogLines } from "@/ui/log-lines";
import { Muted, Section } from "@/ui/page";
import { boundsOf, type Tree } from "./tree";

export function RequestLogs({ traceId, tree }: { traceId: string; tree: Tree }) {
  const { t } = useTranslation();
  const f = useFormat();
  const bounds = boundsOf(tree);
  const query = useTraceLogs(traceId, bounds);
  const count = query.data?.logs.length ?? 0;
  const n = f.count(count);
  const cut = query.data?.next_cursor != null;
  return (
    <Section
      title={t("trace.logs")}
      note={count === 0 ? undefined : t(cut ? "trace.logsCut" : "trace.logsNote", { count, n })}
      actions={
        count === 0 ? undefined : (
          <Link to="/logs" search={{ where: `trace_id = '${traceId}'`, ...bounds }}>
            {t("trace.searchLogs")}
          </Link>
        )
      }
    >
      <Answer
        query={query}
        rows={2}
        isEmpty={(data) => data.logs.length === 0}
        empty={<Muted>{t("trace.noLogs")}</Muted>}
      >
        {(data) => <LogLines logs={oldestFirst(data.logs)} of="request" />}
      </Answer>
    </Section>
  );
}
