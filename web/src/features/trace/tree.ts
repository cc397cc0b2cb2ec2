// Spans as rows of a waterfall: a walk without recursion, for traces may nest deeper than a stack. Pure.
import type { Span } from "@/api/model";
import { type Instant, nanosBetween, parseInstant } from "@/lib/nanos";
import { type Bounds, iso } from "@/lib/range";

const MARGIN_MS = 60_000;

export interface Row {
  span: Span;
  depth: number;
  /** From the start of the trace. */
  offsetNs: number;
  children: number;
  /** The parent is named but did not arrive. */
  orphan: boolean;
}

export interface Tree {
  rows: Row[];
  start: Instant;
  durationNs: number;
  errors: number;
  services: number;
  orphans: number;
}

/** What a trace's log lines lie in: they may come a little before its first span and after its last. */
export function boundsOf(tree: Pick<Tree, "start" | "durationNs">): Bounds {
  const startMs = tree.start.secs * 1000;
  return { from: iso(startMs - MARGIN_MS), to: iso(startMs + tree.durationNs / 1e6 + MARGIN_MS) };
}

export function failed(span: Span): boolean {
  return span.status.toLowerCase() === "error";
}

interface Timed {
  span: Span;
  at: Instant;
}

export function buildTree(spans: readonly Span[]): Tree {
  const timed = spans.map((span) => ({ span, at: parseInstant(span.start) }));
  timed.sort((a, b) => nanosBetween(b.at, a.at));
  const start = timed[0]?.at ?? { secs: 0, nanos: 0 };
  const ids = new Set(spans.map((span) => span.span_id));
  const children = new Map<string, Timed[]>();
  const roots: Timed[] = [];
  for (const each of timed) {
    const parent = each.span.parent_span_id;
    if (!parent || !ids.has(parent) || parent === each.span.span_id) roots.push(each);
    else children.set(parent, [...(children.get(parent) ?? []), each]);
  }
  const rows = walk(roots, children, start, ids);
  return {
    rows,
    start,
    durationNs: rows.reduce((end, row) => Math.max(end, row.offsetNs + row.span.duration_ns), 1),
    errors: spans.filter(failed).length,
    services: new Set(spans.map((span) => span.service)).size,
    orphans: rows.filter((row) => row.orphan).length,
  };
}

function walk(roots: Timed[], children: Map<string, Timed[]>, start: Instant, ids: Set<string>): Row[] {
  const rows: Row[] = [];
  const seen = new Set<string>();
  const stack = roots.map((root) => ({ ...root, depth: 0 })).reverse();
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { span, at, depth } = next;
    if (seen.has(span.span_id)) continue;
    seen.add(span.span_id);
    const below = children.get(span.span_id) ?? [];
    const orphan = depth === 0 && Boolean(span.parent_span_id) && !ids.has(span.parent_span_id ?? "");
    rows.push({ span, depth, offsetNs: nanosBetween(start, at), children: below.length, orphan });
    for (let index = below.length - 1; index >= 0; index -= 1) {
      const child = below[index];
      if (child !== undefined) stack.push({ ...child, depth: depth + 1 });
    }
  }
  return rows;
}

/** Leaves out what lies below a row that is folded. */
export function unfolded(rows: readonly Row[], folded: ReadonlySet<string>): Row[] {
  const shown: Row[] = [];
  let hiddenBelow = Number.POSITIVE_INFINITY;
  for (const row of rows) {
    if (row.depth > hiddenBelow) continue;
    hiddenBelow = folded.has(row.span.span_id) ? row.depth : Number.POSITIVE_INFINITY;
    shown.push(row);
  }
  return shown;
}

/** The next row with an error after the one at `from`, beginning again at the top. */
export function nextError(rows: readonly Row[], from: number): number | null {
  for (let step = 1; step <= rows.length; step += 1) {
    const index = (from + step) % rows.length;
    const row = rows[index];
    if (row !== undefined && failed(row.span)) return index;
  }
  return null;
}
