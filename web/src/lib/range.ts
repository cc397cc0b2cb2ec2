// The time range of a page: a span that ends now, or two fixed instants. Pure but for the clock given to it.
import type { Zone } from "./format";

export const RANGES = ["15m", "1h", "6h", "24h", "7d", "30d"] as const;
export type RangeName = (typeof RANGES)[number];
const SECS: Record<RangeName, number> = {
  "15m": 900,
  "1h": 3600,
  "6h": 21_600,
  "24h": 86_400,
  "7d": 604_800,
  "30d": 2_592_000,
};
const MINUTE_MS = 60_000;

export interface Bounds {
  from: string;
  to: string;
}

export function isRange(value: unknown): value is RangeName {
  return typeof value === "string" && (RANGES as readonly string[]).includes(value);
}

export function rangeSecs(name: RangeName): number {
  return SECS[name];
}

/** Whole minutes, so that the same minute asks the same question and the answer can be kept. */
export function lastBounds(secs: number, nowMs: number): Bounds {
  const to = Math.ceil(nowMs / MINUTE_MS) * MINUTE_MS;
  return { from: iso(to - secs * 1000), to: iso(to) };
}

export function iso(ms: number): string {
  return new Date(ms).toISOString().replace(".000Z", "Z");
}

/** An instant out of an address; null when it is none, so that a broken link still opens. */
export function instant(value: unknown): string | null {
  if (typeof value !== "string") return null;
  const ms = Date.parse(value);
  return Number.isNaN(ms) ? null : iso(ms);
}

/** An instant as a field for a date and a time shows it, in the zone of the page. */
export function toInput(time: string, zone: Zone): string {
  const date = new Date(time);
  const shift = zone === "utc" ? 0 : date.getTimezoneOffset() * MINUTE_MS;
  return new Date(date.getTime() - shift).toISOString().slice(0, 16);
}

/** What such a field says, in Unix milliseconds; NaN where it is not filled in. */
export function fromInput(text: string, zone: Zone): number {
  return new Date(zone === "utc" ? `${text}Z` : text).getTime();
}

/** The last hour that is over, from full to full on the clock of the page. */
export function lastWholeHour(nowMs: number, zone: Zone): Bounds {
  const to = fromInput(`${toInput(iso(nowMs), zone).slice(0, 13)}:00`, zone);
  return { from: iso(to - SECS["1h"] * 1000), to: iso(to) };
}
