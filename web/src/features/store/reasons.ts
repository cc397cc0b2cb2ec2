// Reasons for which telemetry is refused, by their codes; each has its words and what to do in the locales.
export const REASONS = [
  "bad_trace_id",
  "bad_span_id",
  "bad_parent_span_id",
  "bad_end",
  "too_old",
  "too_new",
  "no_name",
  "no_data",
  "too_many_series",
  "malformed",
  "unsupported",
  "too_large",
  "unauthenticated",
  "forbidden",
  "overloaded",
  "unavailable",
] as const;
export type Reason = (typeof REASONS)[number];

export function readReason(code: string): Reason | undefined {
  return REASONS.find((reason) => reason === code);
}

export const CAUSES = ["missing", "damaged", "unreadable"] as const;

export function readCause(code: string): (typeof CAUSES)[number] | undefined {
  return CAUSES.find((cause) => cause === code);
}
