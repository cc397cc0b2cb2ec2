// What the address of a suggestion says: whose requests, how much of the past, and what is chosen of the answer. Pure.

export const DAYS = [7, 14, 28, 60, 90] as const;
export const WINDOWS = [7, 14, 28, 30, 90] as const;
export const DAYS_USUAL = 28;
const DAYS_MOST = 90;
const WINDOW_MOST = 366;
const KINDS = ["availability", "latency"] as const;

export interface SuggestSearch {
  service?: string | undefined;
  endpoint?: string | undefined;
  /** Instead of a service: an SLO whose targets are looked at again. */
  slo?: string | undefined;
  /** Days of the past. */
  days?: string | undefined;
  /** Days in the window of the promise. */
  window?: string | undefined;
  kind?: (typeof KINDS)[number] | undefined;
  /** The threshold of latency, in milliseconds. */
  within?: string | undefined;
  /** The place of an objective in the SLO, from 0. */
  objective?: string | undefined;
  target?: string | undefined;
}

/** What is taken back when something else is counted: it was chosen of the answer before. */
export const NOT_CHOSEN = { kind: undefined, within: undefined, objective: undefined, target: undefined };

export function readSuggestSearch(raw: Record<string, unknown>): SuggestSearch {
  const text = (key: string) => {
    const value = raw[key];
    return typeof value === "string" && value.trim() !== "" ? value : undefined;
  };
  const slo = text("slo");
  const service = slo === undefined ? text("service") : undefined;
  return {
    slo,
    service,
    endpoint: service === undefined ? undefined : text("endpoint"),
    days: whole(raw.days, 1, DAYS_MOST),
    window: whole(raw.window, 1, WINDOW_MOST),
    kind: KINDS.find((each) => each === raw.kind),
    within: whole(raw.within, 1, 3_600_000),
    objective: whole(raw.objective, 0, 1000),
    target: text("target"),
  };
}

/** A whole number within bounds, in its plain form; a broken link still opens. */
function whole(value: unknown, least: number, most: number): string | undefined {
  const number = typeof value === "string" && /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  return number >= least && number <= most ? String(number) : undefined;
}

/** The choices that are offered, with the one that is made. */
export function offered(choices: readonly number[], made: number): number[] {
  return [...new Set([...choices, made])].sort((a, b) => a - b);
}

/** How much of the past to look at for a window of so many days: no less than one of them, where so much may be asked for. */
export function daysFor(windowDays: number): number {
  return DAYS.find((days) => days >= Math.max(windowDays, DAYS_USUAL)) ?? DAYS_MOST;
}
