// What telemetry takes in memory, against the ceiling beyond which it is refused.
import { useTranslation } from "react-i18next";
import type { StoreReport } from "@/api/model";
import { Meter } from "@/charts/meter";
import { bytesText } from "@/lib/bytes";
import { useFormat } from "@/lib/view";
import { Fact, Facts, Section } from "@/ui/page";

/** From here on senders will soon be told to come again. */
const TIGHT = 0.8;

export function Memory({ report }: { report: StoreReport }) {
  const { t } = useTranslation();
  const f = useFormat();
  const { memory } = report;
  const used = memory.rows_bytes + memory.flushing_bytes + memory.requests_bytes;
  const share = used / Math.max(1, memory.limit_bytes);
  const of = (bytes: number, limit: number) =>
    t("store.usedOf", { used: bytesText(bytes, f), all: bytesText(limit, f) });
  return (
    <Section title={t("store.memory")} note={t("store.memoryNote")}>
      <Facts>
        <Fact name={t("store.memoryUsed")}>
          {of(used, memory.limit_bytes)}
          <Meter spent={share} tone={share > TIGHT ? "rising" : "accent"} />
        </Fact>
        <Fact name={t("store.memoryRows")}>{bytesText(memory.rows_bytes, f)}</Fact>
        <Fact name={t("store.memoryFlushing")}>{bytesText(memory.flushing_bytes, f)}</Fact>
        <Fact name={t("store.memoryRequests")}>{bytesText(memory.requests_bytes, f)}</Fact>
        <Fact name={t("store.memoryBodies")}>{of(memory.bodies_bytes, memory.bodies_limit_bytes)}</Fact>
      </Facts>
    </Section>
  );
}
