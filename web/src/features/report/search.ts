// What the address of a report says: which month, and of whom. Pure.

export interface ReportSearch {
  /** `2026-11`; the month that ended last if none. */
  month?: string | undefined;
  owner?: string | undefined;
}

export function readReportSearch(raw: Record<string, unknown>): ReportSearch {
  const { month, owner } = raw;
  return {
    month: typeof month === "string" && /^\d{4}-(0[1-9]|1[0-2])$/.test(month) ? month : undefined,
    owner: typeof owner === "string" && owner !== "" ? owner : undefined,
  };
}

/** The month that an instant lies in, by the clocks of a zone, and those before it: newest first. */
export function lastMonths(nowMs: number, timeZone: string, count: number): string[] {
  const named = new Intl.DateTimeFormat("en-CA", { timeZone, year: "numeric", month: "2-digit" });
  const parts = Object.fromEntries(named.formatToParts(nowMs).map(({ type, value }) => [type, value]));
  const now = Number(parts.year) * 12 + Number(parts.month) - 1;
  return Array.from({ length: count }, (_, ago) => {
    const month = now - ago;
    return `${Math.floor(month / 12)}-${String((month % 12) + 1).padStart(2, "0")}`;
  });
}

/** "November 2026". */
export function monthName(month: string, lang: string): string {
  const named = new Intl.DateTimeFormat(lang === "en" ? "en-GB" : "ja-JP", {
    timeZone: "UTC",
    year: "numeric",
    month: "long",
  });
  return named.format(new Date(`${month}-01T00:00:00Z`));
}
