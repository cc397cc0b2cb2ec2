// How an answer is laid out: widths of columns, cells as text, the place of an error. Pure.
import type { QueryAnswer } from "@/api/model";

const CHARS_LEAST = 6;
const CHARS_MOST = 60;
/** Rows that widths are taken from. */
const MEASURED = 200;

export function cellText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  return typeof value === "string" ? value : JSON.stringify(value);
}

/** Characters that each column needs; a wide letter counts as two. */
export function widths(answer: Pick<QueryAnswer, "columns" | "rows">): number[] {
  return answer.columns.map((column, at) => {
    const cells = answer.rows.slice(0, MEASURED).map((row) => charsOf(cellText(row[at]) ?? ""));
    const widest = Math.max(charsOf(column.name), ...cells);
    return Math.min(CHARS_MOST, Math.max(CHARS_LEAST, widest));
  });
}

function charsOf(text: string): number {
  let chars = 0;
  for (const letter of text.slice(0, CHARS_MOST)) chars += (letter.codePointAt(0) ?? 0) > 0x2e7f ? 2 : 1;
  return chars;
}

export function isNumber(type: string): boolean {
  return /^(U?Int|Float|Decimal)/.test(type);
}

/** Where a place of an error is in the query, counted from its beginning; places beyond it are its end. */
export function offsetOf(sql: string, line: number, column: number): number {
  const lines = sql.split("\n");
  const before = lines.slice(0, line - 1).reduce((sum, each) => sum + [...each].length + 1, 0);
  const points = [...sql];
  const point = Math.min(before + column - 1, points.length);
  // Places count code points, a selection counts UTF-16.
  return points.slice(0, point).join("").length;
}

/** The line of an error with a mark under its place. */
export function marked(sql: string, line: number, column: number): string {
  const text = sql.split("\n")[line - 1] ?? "";
  return `${text}\n${" ".repeat(Math.max(0, column - 1))}^`;
}

/** Whether the columns of a table are shown at first: of those that the query names, and of the first where there is none yet. */
export function isShown(table: string, at: number, asked: string): boolean {
  return asked === "" ? at === 0 : new RegExp(`\\b${table}\\b`, "i").test(asked);
}
