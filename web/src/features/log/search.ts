// What a search for log lines is, as its address carries it. Pure.
import type { LogCounts, LogPoint } from "@/api/model";
import type { Layer } from "@/charts/bars";

export interface LogSearch {
  service?: string | undefined;
  contains?: string | undefined;
  /** Whether the text is made of whole words. */
  whole?: "1" | undefined;
  severity?: string | undefined;
  where?: string | undefined;
  /** Attributes as `key=value`, one a line. */
  attr?: string | undefined;
  live?: "1" | undefined;
  /** One line to look at, among those of its service. */
  record?: string | undefined;
  /** How many lines before and after it. */
  lines?: number | undefined;
}

/** Nothing that narrows a search. */
export const CLEAR = {
  service: undefined,
  contains: undefined,
  whole: undefined,
  severity: undefined,
  where: undefined,
  attr: undefined,
};
export const LINES = 20;
const LINES_MOST = 500;

export function readLogSearch(raw: Record<string, unknown>): LogSearch {
  const text = (key: string) => (typeof raw[key] === "string" && raw[key] !== "" ? raw[key] : undefined);
  const lines = Number(raw.lines);
  return {
    service: text("service"),
    contains: text("contains"),
    whole: raw.whole === "1" ? "1" : undefined,
    severity: text("severity"),
    where: text("where"),
    attr: text("attr"),
    live: raw.live === "1" ? "1" : undefined,
    record: text("record"),
    lines: Number.isInteger(lines) && lines > 0 && lines <= LINES_MOST ? lines : undefined,
  };
}

export function attributes(search: LogSearch): string[] {
  return (search.attr ?? "").split("\n").filter((each) => each !== "");
}

/** The address's attributes with one more, or without one. */
export function withAttribute(search: LogSearch, added: string): string {
  // A line end would make two of one.
  const plain = added.replaceAll("\n", " ");
  return [...attributes(search).filter((each) => each !== plain), plain].join("\n");
}

export function withoutAttribute(search: LogSearch, dropped: string): string | undefined {
  return (
    attributes(search)
      .filter((each) => each !== dropped)
      .join("\n") || undefined
  );
}

/** What the server is asked. */
export function filterOf(search: LogSearch) {
  return {
    service: search.service,
    contains: search.contains,
    whole_words: search.contains && search.whole ? (true as const) : undefined,
    severity: search.severity,
    where: search.where,
    attr: attributes(search),
  };
}

export function moreLines(lines: number): number | null {
  return lines >= LINES_MOST ? null : Math.min(LINES_MOST, lines * 3);
}

type Severity = Exclude<keyof LogPoint, "time">;
const TONES: readonly (readonly [Severity, Layer["tone"]])[] = [
  ["unknown", "faint"],
  ["trace", "faint"],
  ["debug", "quiet"],
  ["info", "accent"],
  ["warn", "rising"],
  ["error", "critical"],
  ["fatal", "spent"],
];

/** A layer for each severity that occurs, the gravest on top. */
export function layers(counts: LogCounts, label: (severity: Severity) => string): Layer[] {
  return TONES.map(([severity, tone]) => ({
    label: label(severity),
    tone,
    values: counts.points.map((point) => point[severity]),
  })).filter((layer) => layer.values.some((value) => value > 0));
}

function bodyHas(text: string, whole: boolean, quoted: (text: string) => string): string {
  if (!whole) return `contains(lower(body), lower(${quoted(text)}))`;
  const letter = /[A-Za-z0-9_]/;
  const plain = text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
  const before = letter.test(text.slice(0, 1)) ? "(^|[^A-Za-z0-9_])" : "";
  const behind = letter.test(text.slice(-1)) ? "($|[^A-Za-z0-9_])" : "";
  return `regexp_like(body, ${quoted(`${before}${plain}${behind}`)}, 'i')`;
}

/** The same search as SQL to go on from. */
export function asSql(search: LogSearch, bounds: { from: string; to: string }): string {
  const quoted = (text: string) => `'${text.replaceAll("'", "''")}'`;
  const conditions = [`time >= ${quoted(bounds.from)}`, `time < ${quoted(bounds.to)}`];
  if (search.service) conditions.push(`service = ${quoted(search.service)}`);
  if (search.contains) conditions.push(bodyHas(search.contains, search.whole !== undefined, quoted));
  const least = { TRACE: 1, DEBUG: 5, INFO: 9, WARN: 13, ERROR: 17, FATAL: 21 }[search.severity ?? ""];
  if (least !== undefined) conditions.push(`severity_number >= ${least}`);
  for (const each of attributes(search)) {
    const [key, value] = [each.slice(0, each.indexOf("=")), each.slice(each.indexOf("=") + 1)];
    const places = ["attrs", "resource", "body"].map(
      (place) => `${place}[${quoted(key)}] = ${quoted(value)}`,
    );
    conditions.push(`(${places.join(" OR ")})`);
  }
  if (search.where) conditions.push(`(${search.where})`);
  return `SELECT time, severity, service, body\nFROM logs\nWHERE ${conditions.join("\n  AND ")}\nORDER BY time DESC\nLIMIT 100`;
}
