// Whether telemetry comes in, from the minutes that the server counted. Pure. It must never count a minute that is not over.
import type { StoreReport, StoreSignal } from "@/api/model";

/** So many minutes make a rate. */
const RATE_MINUTES = 5;

/** Minutes that are over, the oldest first. */
export function whole(signal: StoreSignal): StoreSignal["minutes"] {
  return signal.minutes.slice(0, -1);
}

/** Items or bytes a minute, over the last minutes that are over and in which ippo ran; null where there is none yet. */
export function perMinute(signal: StoreSignal, of: "items" | "bytes", since: string): number | null {
  const ran = whole(signal).filter((minute) => Date.parse(minute.from) >= Date.parse(since));
  const last = ran.slice(-RATE_MINUTES);
  return last.length === 0 ? null : last.reduce((sum, minute) => sum + minute[of], 0) / last.length;
}

/** Nothing ever came, something comes, or nothing has come for a while. */
export function verdict(report: StoreReport): "none" | "flowing" | "silent" {
  if (report.signals.some((signal) => signal.minutes.some((minute) => minute.items > 0))) return "flowing";
  const stored = report.disk.segment_bytes > 0 || report.signals.some((signal) => signal.newest_event_at);
  return stored ? "silent" : "none";
}

/** Whether there is nothing to show: nothing came, and nothing was refused. */
export function isEmpty(report: StoreReport): boolean {
  const refused = report.refused.length > 0 || report.signals.some((signal) => signal.rejected.length > 0);
  return verdict(report) === "none" && !refused;
}

/** The newest of the instants at which something was taken. */
export function lastReceived(report: StoreReport): string | null {
  const times = report.signals.flatMap((signal) => signal.last_received_at ?? signal.newest_event_at ?? []);
  return times.toSorted().at(-1) ?? null;
}
