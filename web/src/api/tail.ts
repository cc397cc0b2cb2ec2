// Log lines as they come. It must never keep more lines than a reader can look at, nor stay connected when nobody looks.
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { parseExact } from "./exact";
import type { Log } from "./model";
import { type LogQuery, logParams, type Scope } from "./reads";
import { openEvents } from "./stream";

/** Lines that are kept, the newest ones. */
export const TAIL_LINES = 500;
const RETRY_MS = 2_000;

export interface Tail {
  /** Newest first. */
  lines: readonly Log[];
  /** How many came and were left out, by the server or because the page keeps no more. */
  missed: number;
  state: "off" | "connecting" | "following" | "lost";
  /** Why it cannot be followed at all. */
  error: unknown;
}
const OFF: Tail = { lines: [], missed: 0, state: "off", error: null };

/** What is kept when lines come: the newest first, and how many were left out. */
export function taken(tail: Tail, logs: readonly Log[], missed: number): Tail {
  const all = [...logs.toReversed(), ...tail.lines];
  const over = Math.max(0, all.length - TAIL_LINES);
  return { ...tail, lines: all.slice(0, TAIL_LINES), missed: tail.missed + missed + over };
}

/** Follows while `on`; what came stays when it is paused, until another search is followed. */
export function useLogTail(query: LogQuery, scope: Scope, on: boolean): Tail {
  const [tail, setTail] = useState<Tail>(OFF);
  const queries = useQueryClient();
  const params = logParams({ ...query, ...scope }).toString();
  const followed = useRef(params);
  useEffect(() => {
    if (followed.current !== params) setTail(OFF);
    followed.current = params;
    if (!on) {
      setTail((old) => ({ ...old, state: "off", error: null }));
      return;
    }
    const leave = new AbortController();
    let timer = 0;
    const begin = async () => {
      setTail((old) => ({ ...old, state: old.state === "lost" ? "lost" : "connecting", error: null }));
      try {
        await follow(params, leave.signal, {
          // What came before the tail was open is in the list.
          open: () => {
            setTail((old) => ({ ...old, state: "following" }));
            void queries.invalidateQueries({ queryKey: ["logs"] });
          },
          logs: (logs, missed) => setTail((old) => taken(old, logs, missed)),
        });
        void begin();
      } catch (error) {
        if (leave.signal.aborted) return;
        const refused = error instanceof Error && "status" in error;
        setTail((old) => ({ ...old, state: refused ? "off" : "lost", error: refused ? error : null }));
        if (!refused) timer = window.setTimeout(() => void begin(), RETRY_MS);
      }
    };
    void begin();
    return () => {
      leave.abort();
      window.clearTimeout(timer);
    };
  }, [params, on, queries]);
  return tail;
}

interface Heard {
  open: () => void;
  logs: (logs: readonly Log[], missed: number) => void;
}

/** Ends when the server asks to come again; throws when the connection breaks or is refused. */
async function follow(params: string, signal: AbortSignal, heard: Heard): Promise<void> {
  const events = await openEvents(`/api/v1/logs/tail?${params}`, signal);
  heard.open();
  for await (const event of events) {
    if (event.name === "end") return;
    if (event.name !== "logs") continue;
    const said = parseExact(event.data) as { logs: Log[]; missed: number };
    heard.logs(said.logs, said.missed);
  }
  throw new TypeError("the connection was closed");
}
