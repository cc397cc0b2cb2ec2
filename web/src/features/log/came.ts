// Whether log lines ever came. It must never say that none did where lines are stored and only none of them fits.
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import type { StoreReport } from "@/api/model";
import { useStore } from "@/api/reads";

/** Whether the store never took a log line: neither since it started nor before. */
export function neverCame(report: StoreReport): boolean {
  const logs = report.signals.find((each) => each.signal === "logs");
  return logs !== undefined && logs.items === 0 && logs.newest_event_at === null && logs.stored.rows === 0;
}

export interface Came {
  /** Nobody knows yet. */
  unsure: boolean;
  /** What the store says, if no line ever came. */
  never: StoreReport | undefined;
}

/** Asks only where `nothing` was found. The first line that comes is found by itself. */
export function useCame(nothing: boolean): Came {
  const store = useStore(nothing);
  const queries = useQueryClient();
  const never = nothing && store.data !== undefined && neverCame(store.data) ? store.data : undefined;
  const before = useRef(false);
  useEffect(() => {
    if (before.current && never === undefined) void queries.invalidateQueries({ queryKey: ["logs"] });
    before.current = never !== undefined;
  }, [never, queries]);
  return { unsure: nothing && store.isPending, never };
}
