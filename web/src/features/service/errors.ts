// A count of errors with its share, and no share where there was nothing to share. Pure.
import type { Format } from "@/lib/format";

export function errorText(row: { requests: number; errors: number }, f: Format): string {
  if (row.requests === 0) return f.none;
  if (row.errors === 0) return "0";
  return `${f.count(row.errors)} (${f.aboutPercent(row.errors / row.requests)})`;
}
