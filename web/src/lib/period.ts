// What the period of a budget is called: the last days that roll on, or a period of the calendar in its own time zone. Pure.
import type { TFunction } from "i18next";
import type { SloWindow } from "@/api/model";
import type { Format } from "./format";

type Bounded = Pick<SloWindow, "window" | "rolls" | "from" | "to" | "ends">;
const DAY_SECS = 86_400;
const HOUR_SECS = 3600;
const MINUTE_SECS = 60;

/** "the last 28 days", or "November 2026 in Asia/Tokyo". */
export function periodName(window: Bounded, t: TFunction, f: Format): string {
  if (window.rolls) return t("slo.period.rolling", { period: lengthOf(window, f) });
  return t("slo.period.calendar", { name: calendarOf(window, f), zone: zoneOf(window) });
}

/** For a sentence that says by itself that the period rolls, or is not over: "28 days", "November 2026". */
export function periodShort(window: Bounded, f: Format): string {
  return window.rolls ? lengthOf(window, f) : calendarOf(window, f);
}

/** How long a period of the calendar still lasts, in whole days while there are several; null where it rolls. */
export function periodLeft(window: Bounded, nowMs: number, f: Format): string | null {
  if (window.rolls) return null;
  const secs = Math.max(0, Math.floor((Date.parse(window.ends) - nowMs) / 1000));
  const unit = [DAY_SECS, HOUR_SECS, MINUTE_SECS].find((each) => secs >= 2 * each) ?? MINUTE_SECS;
  return f.span(secs - (secs % unit));
}

function calendarOf(window: Bounded, f: Format): string {
  return calendarName({ ...window, zone: zoneOf(window) }, f);
}

function lengthOf(window: Bounded, f: Format): string {
  return f.span((Date.parse(window.to) - Date.parse(window.from)) / 1000);
}

/** The zone that a window was written with. */
function zoneOf(window: Bounded): string {
  return knownZone(/ in (\S+)$/.exec(window.window)?.[1] ?? "UTC");
}

function knownZone(written: string): string {
  try {
    new Intl.DateTimeFormat("en", { timeZone: written });
    return written;
  } catch {
    // A zone younger than the browser: the same instants in another one.
    return "UTC";
  }
}

/** Its months where it is made of these, else its days, with times where it does not begin at midnight. */
export function calendarName(period: { from: string; ends: string; zone: string }, f: Format): string {
  const timeZone = knownZone(period.zone);
  const [from, ends] = [new Date(period.from), new Date(period.ends)];
  const last = new Date(ends.getTime() - 1);
  const named = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(f.lang === "en" ? "en-GB" : "ja-JP", { timeZone, ...options });
  const [first, after] = [wallClock(from, timeZone), wallClock(ends, timeZone)];
  if (first.sinceMidnight !== 0 || after.sinceMidnight !== 0) {
    const clock = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
    return named({ ...DAY, ...clock }).formatRange(from, ends);
  }
  if (first.day !== 1 || after.day !== 1) return named(DAY).formatRange(from, last);
  const months = (after.year - first.year) * 12 + after.month - first.month;
  if (months === 12 && first.month === 1) return named({ year: "numeric" }).format(from);
  return named({ year: "numeric", month: "long" }).formatRange(from, last);
}

const DAY = { year: "numeric", month: "short", day: "numeric" } as const;

function wallClock(at: Date, timeZone: string) {
  const format = new Intl.DateTimeFormat("en", {
    timeZone,
    hourCycle: "h23",
    ...{ year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" },
  } as Intl.DateTimeFormatOptions);
  const parts = new Map(format.formatToParts(at).map((part) => [part.type, Number(part.value)]));
  const part = (name: Intl.DateTimeFormatPartTypes) => parts.get(name) ?? 0;
  return {
    year: part("year"),
    month: part("month"),
    day: part("day"),
    sinceMidnight: part("hour") * 60 + part("minute"),
  };
}
