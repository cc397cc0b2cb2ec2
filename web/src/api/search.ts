// The search for log lines: how far it has got while it takes long, and what was found when the reader ends it. It must
// never pass what was found so far for all there is.
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { parseExact } from "./exact";
import type { Log, LogList, LogProgress } from "./model";
import { type Problem, problemFrom } from "./problem";
import { type Bounds, type LogQuery, logParams, type Scope } from "./reads";
import { openEvents } from "./stream";

/** A search that takes long. */
export interface Searching {
  progress: LogProgress;
  /** What the page has so far. */
  found: readonly Log[];
}

/** A page of what was found; where the reader stopped the search, with how far it had got. */
export interface LogPage extends LogList {
  stopped: LogProgress | null;
}

/** Why a search was left that the reader stopped. */
const STOPPED = "stopped";

export function heard(before: Searching | null, progress: LogProgress): Searching {
  return { progress, found: [...(before?.found ?? []), ...progress.logs] };
}

/** Searches. `leave` ends it: with what was found so far if its reason is that the reader stopped it. */
export async function search(
  params: URLSearchParams,
  bounds: Bounds,
  leave: AbortSignal,
  tell: (searching: Searching) => void,
): Promise<LogPage> {
  let searching: Searching | null = null;
  try {
    for await (const event of await openEvents(`/api/v1/logs/search?${params}`, leave)) {
      if (event.name === "page") return { ...(parseExact(event.data) as LogList), stopped: null };
      if (event.name === "problem") throw problemFrom(parseExact(event.data) as Problem);
      if (event.name !== "progress") continue;
      searching = heard(searching, parseExact(event.data) as LogProgress);
      tell(searching);
    }
    throw new TypeError("the connection was closed");
  } catch (error) {
    if (!leave.aborted || leave.reason !== STOPPED || searching === null) throw error;
    const { progress, found } = searching;
    const page = { next_cursor: progress.next_cursor, warnings: [], partial: false, sampled: null };
    return { ...bounds, ...page, logs: [...found], stopped: progress };
  }
}

/** The bounds of a search that goes on or was stopped: they stay, while "the last hour" moves on. */
interface Held {
  asked: string;
  bounds: Bounds;
  stopped: boolean;
}

/** Searches page by page; `range` names the bounds whatever time it is. */
export function useLogSearch(query: LogQuery, range: string, bounds: Bounds, scope: Scope, limit = 100) {
  const [searching, setSearching] = useState<Searching | null>(null);
  const [held, setHeld] = useState<Held | null>(null);
  const running = useRef<AbortController | null>(null);
  const asked = JSON.stringify([query, range, scope]);
  const within = held?.asked === asked ? held.bounds : bounds;
  const pages = useInfiniteQuery({
    queryKey: ["logs", query, within, scope, limit],
    initialPageParam: "",
    queryFn: async ({ pageParam, signal }) => {
      const leave = new AbortController();
      signal.addEventListener("abort", () => leave.abort(signal.reason));
      running.current = leave;
      setSearching(null);
      const params = logParams({ ...query, ...within, ...scope, limit: String(limit), cursor: pageParam });
      try {
        return await search(params, within, leave.signal, (now) => {
          if (running.current !== leave) return;
          setSearching(now);
          setHeld((old) => (old?.asked === asked ? old : { asked, bounds: within, stopped: false }));
        });
      } finally {
        if (running.current === leave) {
          running.current = null;
          setSearching(null);
          const stopped = leave.signal.reason === STOPPED;
          setHeld((old) => (old === null || !(stopped || old.stopped) ? null : { ...old, stopped: true }));
        }
      }
    },
    getNextPageParam: (last) => last.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
  return { ...pages, searching, stop: () => running.current?.abort(STOPPED) };
}
