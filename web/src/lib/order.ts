// Log lines in the order in which they were written: those of a trace are read as a story, those that come as news. Pure.
import type { Log } from "@/api/model";
import { nanosBetween, parseInstant } from "./nanos";

/** The oldest first, whichever way round they came; so lines of one instant keep their order too. */
export function oldestFirst(logs: readonly Log[]): Log[] {
  const timed = logs.map((log) => ({ log, at: parseInstant(log.time) }));
  const [first, last] = [timed.at(0), timed.at(-1)];
  const newestFirst = first !== undefined && last !== undefined && nanosBetween(first.at, last.at) < 0;
  const turned = newestFirst ? timed.toReversed() : timed;
  return turned.sort((a, b) => nanosBetween(b.at, a.at)).map(({ log }) => log);
}

/** The newest first, however they came; lines of one instant keep their order. */
export function newestFirst(logs: readonly Log[]): Log[] {
  const timed = logs.map((log) => ({ log, at: parseInstant(log.time) }));
  return timed.sort((a, b) => nanosBetween(a.at, b.at)).map(({ log }) => log);
}
