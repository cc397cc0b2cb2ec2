// What is wrong with a request, as a sentence of the reader's language: by the kind of problem, the field and the place that
// the server names. Pure but for the words. It must never hide the server's own words, nor offer what cannot help.
import { useTranslation } from "react-i18next";
import type { QueryLimits } from "@/api/model";
import { ApiError, detailOf, type FieldError, statusOf } from "@/api/problem";
import { bytesText } from "@/lib/bytes";
import { useFormat } from "@/lib/view";

/** What failed, by whose fault: what the reader gave, a limit, the server, or nothing that answered. */
export type Trouble =
  | "offline"
  | "forbidden"
  | "missing"
  | "badInput"
  | "overTime"
  | "overMemory"
  | "tooLarge"
  | "busy"
  | "broken";

/** Fields that have a sentence of their own, which says what would be right. */
const FIELDS = [
  "where",
  "sql",
  "attr",
  "contains",
  "severity",
  "min_ms",
  "kind",
  "aggregate",
  "quantile",
  "threshold",
  "label",
  "group_by",
  "from",
  "to",
] as const;
type Field = (typeof FIELDS)[number];

export function troubleOf(error: unknown): Trouble {
  const status = statusOf(error);
  const kind = error instanceof ApiError ? error.kind : "";
  if (status === 0) return "offline";
  if (kind === "timed-out") return "overTime";
  if (kind === "query-memory") return "overMemory";
  if (status === 403) return "forbidden";
  if (status === 404) return "missing";
  if (status === 413) return "tooLarge";
  if (status === 408 || status === 429 || status === 503) return "busy";
  return status >= 400 && status < 500 ? "badInput" : "broken";
}

/** Whether the same request may be answered another time. */
export function mayMend(trouble: Trouble): boolean {
  return trouble === "offline" || trouble === "busy" || trouble === "broken" || trouble === "overTime";
}

/** The first thing that the server finds wrong, where it names one. */
export function wrongPlace(error: unknown): FieldError | undefined {
  return error instanceof ApiError ? error.fields[0] : undefined;
}

/** The server's own words, without the place that the sentence names already. */
export function ownWords(error: unknown): string {
  const place = wrongPlace(error);
  return place?.column ? place.message : detailOf(error);
}

/** The names that the server thinks were meant, where it says some: of columns bare, of functions in quotes. */
function meant(detail: string): string[] {
  const named = /\bdid you mean '?([^'?]+)'?\?/i.exec(detail)?.[1];
  return named?.split(", ") ?? [];
}

function known(field: string | null | undefined): Field | undefined {
  return FIELDS.find((each) => each === field);
}

export interface Complaint {
  trouble: Trouble;
  /** What is wrong. */
  what: string;
  /** What to do. */
  next: string;
  /** The server's own words; empty where they say nothing more. */
  detail: string;
}

/** Words for errors; `limits` are those of a query, where one was asked. */
export function useComplaint(limits?: QueryLimits): (error: unknown) => Complaint {
  const { t } = useTranslation();
  const f = useFormat();
  return (error) => {
    const trouble = troubleOf(error);
    const detail = trouble === "offline" ? "" : ownWords(error);
    const next = t(`trouble.${trouble}Next`);
    if (trouble === "overTime" && limits !== undefined)
      return { trouble, what: t("trouble.overTimeOf", { limit: f.span(limits.time_secs) }), next, detail };
    if (trouble === "overMemory" && limits !== undefined)
      return {
        trouble,
        what: t("trouble.overMemoryOf", { limit: bytesText(limits.memory_bytes, f) }),
        next,
        detail,
      };
    const place = wrongPlace(error);
    const field = known(place?.field);
    if (trouble !== "badInput" || !place?.field)
      return { trouble, what: t(`trouble.${trouble}`), next, detail };
    if (field === undefined)
      return { trouble, what: t("trouble.field", { name: place.field }), next, detail };
    const names = meant(detail);
    const guess = names.length === 0 ? "" : t("trouble.meant", { name: names.join(t("trouble.meantOr")) });
    const told = (what: string, own: string) => {
      return { trouble, what, next: [guess, own].filter(Boolean).join(t("sentenceGap")), detail };
    };
    const own = t(`trouble.fieldNext.${field}`);
    const { line, column } = place;
    if (field === "sql" && line && column)
      return told(t("trouble.sqlAt", { line, column }), t("trouble.sqlNext"));
    if (field === "where" && column) return told(t("trouble.whereAt", { column }), own);
    return told(t(`trouble.fieldOf.${field}`), own);
  };
}
