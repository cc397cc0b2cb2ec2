// What the address of the metrics page says: which metric, of whom, how, and with which labels. Pure.

export interface MetricSearch {
  metric?: string | undefined;
  kind?: string | undefined;
  unit?: string | undefined;
  service?: string | undefined;
  contains?: string | undefined;
  aggregate?: string | undefined;
  quantile?: string | undefined;
  threshold?: string | undefined;
  by?: string | undefined;
  also?: string | undefined;
  /** Filters by label, in the form of a query string. */
  labels?: string | undefined;
}
const KEYS = [
  "metric",
  "kind",
  "unit",
  "service",
  "contains",
  "aggregate",
  "quantile",
  "threshold",
  "by",
  "also",
  "labels",
] as const;

export function readMetricSearch(raw: Record<string, unknown>): MetricSearch {
  const given = KEYS.map((key) => [key, raw[key]] as const);
  return Object.fromEntries(given.filter(([, value]) => typeof value === "string" && value !== ""));
}

/** What is taken back when another metric is chosen: labels and aggregations are of one metric. */
export const NO_METRIC: Record<keyof Omit<MetricSearch, "service" | "contains">, undefined> = {
  metric: undefined,
  kind: undefined,
  unit: undefined,
  aggregate: undefined,
  quantile: undefined,
  threshold: undefined,
  by: undefined,
  also: undefined,
  labels: undefined,
};

export interface LabelFilter {
  label: string;
  value: string;
}

export function readLabels(text: string | undefined): LabelFilter[] {
  return [...new URLSearchParams(text ?? "")].map(([label, value]) => ({ label, value }));
}

export function writeLabels(filters: readonly LabelFilter[]): string | undefined {
  const params = new URLSearchParams();
  for (const { label, value } of filters)
    if (!params.getAll(label).includes(value)) params.append(label, value);
  return params.toString() || undefined;
}

/** The filters as the API takes them. */
export function labelParams(text: string | undefined): string[] {
  return readLabels(text).map(({ label, value }) => `${label}=${value}`);
}

export function groups(search: MetricSearch): string[] {
  return [search.by, search.also].filter((each) => each !== undefined);
}
