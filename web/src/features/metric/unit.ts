// Numbers with their units, from UCUM to what people read. Pure. It must never change what a number says.

import { decimalsFor } from "@/charts/ticks";
import { bytesText } from "@/lib/bytes";
import type { Format } from "@/lib/format";

/** Between a number and its unit, which no line may part. */
const UNBROKEN = "\u00a0";
/** Units of time in milliseconds. */
const MS: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};
/** Units of data in bytes. */
const BYTES: Record<string, number> = {
  By: 1,
  kBy: 1e3,
  MBy: 1e6,
  GBy: 1e9,
  KiBy: 1024,
  MiBy: 1024 ** 2,
  GiBy: 1024 ** 3,
  TiBy: 1024 ** 4,
};
/** Units with another sign than their code. */
const SIGNS: Record<string, string> = { Cel: "°C", "[degF]": "°F", Ohm: "Ω", deg: "°" };
/** Beyond this a number is written short: 1.2M, 120万. */
const SHORT_FROM = 100_000;

/** What a chart's numbers are: in the metric's unit, in it each second, observations each second, or shares of one. */
export type Measure = "plain" | "rate" | "count" | "countRate" | "share";

/** What the numbers of an aggregation are. */
export function measureOf(kind: string, aggregate: string): Measure {
  const observed = kind === "histogram" || kind === "exponential_histogram" || kind === "summary";
  if (aggregate === "share") return "share";
  if (aggregate === "rate") return observed ? "countRate" : "rate";
  if (aggregate === "increase") return observed ? "count" : "plain";
  return "plain";
}

/** The number as text; `apart` is the distance between ticks where it labels one. */
export function quantity(value: number, unit: string, measure: Measure, f: Format, apart?: number): string {
  if (measure === "share") return f.percent(value, 2);
  if (measure === "count") return number(value, f, apart);
  if (measure === "countRate") return `${number(value, f, apart)}${UNBROKEN}/s`;
  const each = measure === "rate" ? "/s" : "";
  const sign = value < 0 ? "−" : "";
  const size = Math.abs(value);
  const bytes = BYTES[unit];
  if (bytes !== undefined) return sign + bytesText(size * bytes, f) + each;
  const ms = MS[unit];
  // Seconds each second are no duration: how much of one second in each.
  if (ms !== undefined && each === "") return sign + duration(size * ms, f);
  const name = unitName(unit);
  const text = number(value, f, apart);
  if (name === "") return each === "" ? text : `${text}${UNBROKEN}${each}`;
  return `${text}${UNBROKEN}${name}${each}`;
}

/** The unit in words for a heading; empty where numbers say it themselves. */
export function unitName(unit: string): string {
  // What stands in braces says what is counted, and is no unit.
  const bare = unit.replace(/\{[^}]*\}/g, "").replace(/^\/$/, "");
  if (bare === "1" || bare === "") return "";
  return SIGNS[bare] ?? bare;
}

/** Whether numbers are shown in powers of two. */
export function isData(unit: string): boolean {
  return unit in BYTES;
}

/** What is counted, where the unit says it in braces. */
export function counted(unit: string): string {
  return /\{([^}]*)\}/.exec(unit)?.[1] ?? "";
}

function number(value: number, f: Format, apart?: number): string {
  if (Math.abs(value) >= SHORT_FROM)
    return new Intl.NumberFormat(f.lang, { notation: "compact", maximumFractionDigits: 2 }).format(value);
  if (apart !== undefined) return f.decimal(value, decimalsFor(apart));
  return new Intl.NumberFormat(f.lang, { maximumSignificantDigits: 4 }).format(value);
}

function duration(ms: number, f: Format): string {
  if (ms === 0 || ms >= 0.1) return f.ms(ms);
  const text = (value: number) =>
    new Intl.NumberFormat(f.lang, { maximumSignificantDigits: 3 }).format(value);
  return ms >= 1e-4 ? `${text(ms * 1e3)}${UNBROKEN}µs` : `${text(ms * 1e6)}${UNBROKEN}ns`;
}

/** Between what a number lies, as text. */
export function between(lower: number | null, upper: number | null, show: (value: number) => string): string {
  if (lower === null && upper === null) return "";
  if (lower === null) return `≤ ${show(upper as number)}`;
  if (upper === null) return `> ${show(lower)}`;
  const [least, most] = [show(lower), show(upper)];
  return lower === upper ? least : `${least} – ${most}`;
}
