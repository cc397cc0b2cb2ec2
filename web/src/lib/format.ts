// Numbers, dates and durations as people read them, all through Intl. It must never turn "unknown" into a number.
import type { Lang } from "./locale";

export type Zone = "local" | "utc";
const THIN = "\u202f";
/** Between a number and its unit, which no line may part. */
const UNBROKEN = "\u00a0";
/** English short units that have a symbol of their own. */
const SYMBOLS: Record<string, string> = { sec: "s", secs: "s", hr: "h", hrs: "h" };
const MS = { minute: 60_000, hour: 3_600_000, day: 86_400_000 };

export interface Format {
  lang: Lang;
  zone: string;
  zoneName: string;
  /** What stands where nothing is known. */
  none: string;
  count(n: number): string;
  /** Two significant digits, for prose. */
  about(n: number): string;
  decimal(n: number, digits: number): string;
  /** Up to two decimals, none that say nothing. */
  factor(n: number): string;
  /** A ratio as a percentage with up to `digits` decimals, cut and never rounded up. */
  percent(ratio: number, digits?: number): string;
  /** A ratio as a percentage with two significant digits, for prose. */
  aboutPercent(ratio: number): string;
  signedPercent(ratio: number): string;
  /** Part of a whole as a percentage with a decimal, rounded, so that parts add up; where that would be nought, with two digits. */
  share(ratio: number): string;
  times(n: number): string;
  ms(ms: number | null): string;
  span(secs: number): string;
  date(t: string | number): string;
  shortDay(t: string | number): string;
  time(t: string | number): string;
  dateTime(t: string | number): string;
  dateTimeSeconds(t: string | number): string;
  /** To the millisecond, for what follows each other within a second. */
  millis(t: string | number): string;
  dateTimeMillis(t: string | number): string;
  exact(t: string | number): string;
  exactMillis(t: string | number): string;
  /** The day of an instant on the calendar, "2026-11-24", which a day that has no time can be compared with. */
  civilDay(t: string | number): string;
  /** Such a day as people write it. */
  civilDate(day: string): string;
  /** A day and a time of the near future: "Thursday 14:00". */
  soon(t: string | number): string;
  ago(t: string | number, nowMs: number): string;
}

function unit(lang: Lang, name: string, digits: number, display: "short" | "long" = "short") {
  return new Intl.NumberFormat(lang, {
    style: "unit",
    unit: name,
    unitDisplay: display,
    maximumFractionDigits: digits,
  });
}

function spaced(format: Intl.NumberFormat, value: number): string {
  return format
    .formatToParts(value)
    .map((part) => (part.type === "percentSign" ? `${THIN}%` : part.type === "minusSign" ? "−" : part.value))
    .join("");
}

function durations(lang: Lang) {
  const text = (n: number, name: string, digits: number) =>
    unit(lang, name, digits)
      .formatToParts(n)
      .map((part) => {
        if (part.type === "unit") return SYMBOLS[part.value] ?? part.value;
        return part.type === "literal" ? part.value.replace(" ", UNBROKEN) : part.value;
      })
      .join("");
  const ms = (value: number): string => {
    if (value < 1) return text(value, "millisecond", 2);
    if (value < 10) return text(value, "millisecond", 1);
    if (value < 1000) return text(value, "millisecond", 0);
    if (value < MS.minute) return text(value / 1000, "second", 2);
    return span(value / 1000);
  };
  const pair = (secs: number, big: string, bigSecs: number, small: string, smallSecs: number): string => {
    const whole = Math.floor(secs / bigSecs);
    const rest = Math.floor((secs - whole * bigSecs) / smallSecs);
    const first = text(whole, big, 0);
    return rest === 0 ? first : `${first} ${text(rest, small, 0)}`;
  };
  const span = (secs: number): string => {
    if (secs < 60) return text(secs, "second", 0);
    if (secs < 3600) return pair(secs, "minute", 60, "second", 1);
    if (secs < 86_400) return pair(secs, "hour", 3600, "minute", 60);
    return pair(secs, "day", 86_400, "hour", 3600);
  };
  return { ms, span };
}

function dates(lang: Lang, zone: string) {
  const make = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(lang === "en" ? "en-GB" : "ja-JP", {
      timeZone: zone,
      hourCycle: "h23",
      ...options,
    });
  const clock = { hour: "2-digit", minute: "2-digit" } as const;
  const day = make({ weekday: "long", day: "numeric", month: "long" });
  const dayMonth: Intl.DateTimeFormatOptions =
    lang === "en" ? { day: "numeric", month: "short" } : { day: "2-digit", month: "2-digit" };
  const shortDay = make(dayMonth);
  const time = make(clock);
  const dateTime = make({ ...dayMonth, ...clock });
  const daySeconds = make({ ...dayMonth, ...clock, second: "2-digit" });
  const weekday = make({ weekday: "long" });
  const later = make({ day: "numeric", month: "long" });
  const year = { year: "numeric", month: "2-digit", day: "2-digit" } as const;
  const exact = make({ ...year, ...clock, second: "2-digit" });
  const fine = { ...clock, second: "2-digit", fractionalSecondDigits: 3 } as const;
  const millis = make(fine);
  const dayMillis = make({ ...dayMonth, ...fine });
  const exactMillis = make({ ...year, ...fine });
  const civil = new Intl.DateTimeFormat("en-CA", { timeZone: zone, ...year });
  const civilDate = make({ timeZone: "UTC", year: "numeric", month: "long", day: "numeric" });
  const at = (t: string | number) => new Date(t);
  return {
    shortDay: (t: string | number) => shortDay.format(at(t)),
    date: (t: string | number) => day.format(at(t)).replace(",", ""),
    time: (t: string | number) => time.format(at(t)),
    dateTime: (t: string | number) => dateTime.format(at(t)).replace(",", ""),
    dateTimeSeconds: (t: string | number) => daySeconds.format(at(t)).replace(",", ""),
    millis: (t: string | number) => millis.format(at(t)),
    dateTimeMillis: (t: string | number) => dayMillis.format(at(t)).replace(",", ""),
    exact: (t: string | number) => exact.format(at(t)).replace(",", ""),
    exactMillis: (t: string | number) => exactMillis.format(at(t)).replace(",", ""),
    civilDay: (t: string | number) => civil.format(at(t)),
    civilDate: (day: string) => civilDate.format(at(`${day}T00:00:00Z`)),
    soon: (t: string | number) => {
      const near = Math.abs(at(t).getTime() - Date.now()) < 6 * MS.day;
      return near ? `${weekday.format(at(t))} ${time.format(at(t))}` : later.format(at(t));
    },
  };
}

function relative(lang: Lang) {
  const format = new Intl.RelativeTimeFormat(lang, { numeric: "auto" });
  return (t: string | number, nowMs: number): string => {
    const ms = new Date(t).getTime() - nowMs;
    const size = Math.abs(ms);
    if (size < MS.minute) return format.format(Math.round(ms / 1000), "second");
    if (size < MS.hour) return format.format(Math.round(ms / MS.minute), "minute");
    if (size < MS.day) return format.format(Math.round(ms / MS.hour), "hour");
    return format.format(Math.round(ms / MS.day), "day");
  };
}

export function makeFormat(lang: Lang, which: Zone, none: string): Format {
  const local = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  const zone = which === "utc" ? "UTC" : local;
  const count = new Intl.NumberFormat(lang);
  const two = new Intl.NumberFormat(lang, { maximumSignificantDigits: 2 });
  const twoPercent = new Intl.NumberFormat(lang, { style: "percent", maximumSignificantDigits: 2 });
  const signed = new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 1 });
  const signedWhole = new Intl.NumberFormat(lang, { style: "percent", maximumFractionDigits: 0 });
  const decimal = (n: number, digits: number) =>
    new Intl.NumberFormat(lang, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(n);
  const { ms, span } = durations(lang);
  const percent = (ratio: number, digits = 3) =>
    spaced(
      new Intl.NumberFormat(lang, {
        style: "percent",
        maximumFractionDigits: digits,
        roundingMode: "floor",
      } as Intl.NumberFormatOptions),
      // Guards against 0.999 * 100 = 99.8999…, which floor would show as 99.899.
      Number(ratio.toPrecision(14)),
    );
  return {
    lang,
    zone,
    zoneName: zoneName(zone),
    none,
    count: (n) => count.format(n),
    about: (n) => two.format(n),
    decimal,
    factor: (n) => new Intl.NumberFormat(lang, { maximumFractionDigits: 2 }).format(n),
    percent,
    aboutPercent: (ratio) => spaced(twoPercent, ratio),
    // Where a budget is spent several times over, tenths of a percent mean nothing.
    signedPercent: (ratio) => spaced(Math.abs(ratio) > 1 ? signedWhole : signed, ratio),
    share: (ratio) => spaced(ratio !== 0 && Math.abs(ratio) < 0.0005 ? twoPercent : signed, ratio),
    times: (n) => `${decimal(n, n >= 100 ? 0 : 1)}×`,
    ms: (value) => (value === null ? none : ms(value)),
    span,
    ...dates(lang, zone),
    ago: relative(lang),
  };
}

/** "JST" where the browser knows it, else the offset. */
export function zoneName(zone: string): string {
  if (zone === "Asia/Tokyo") return "JST";
  const parts = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "short" }).formatToParts(0);
  return parts.find((part) => part.type === "timeZoneName")?.value ?? zone;
}
