// The kinds of metrics and the aggregations as the API names them. Pure.

const KINDS = [
  "gauge",
  "counter",
  "up_down_counter",
  "histogram",
  "exponential_histogram",
  "summary",
] as const;
export const AGGREGATES = [
  "avg",
  "min",
  "max",
  "last",
  "sum",
  "rate",
  "increase",
  "quantile",
  "share",
] as const;

export type Kind = (typeof KINDS)[number];
export type Aggregate = (typeof AGGREGATES)[number];

export function isKind(text: string | null | undefined): text is Kind {
  return KINDS.some((each) => each === text);
}

export function isAggregate(text: string | null | undefined): text is Aggregate {
  return AGGREGATES.some((each) => each === text);
}
