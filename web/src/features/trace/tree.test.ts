import { describe, expect, it } from "vitest";
import type { Span } from "@/api/model";
import { boundsOf, buildTree, nextError, unfolded } from "./tree";

function span(id: string, parent: string | null, startNanos: number, took: number, status = "unset"): Span {
  const start = `2026-11-24T02:31:07.${String(startNanos).padStart(9, "0")}Z`;
  const rest = {
    namespace: "",
    environment: "",
    scope: "",
    status_message: "",
    attributes: {},
    resource: {},
    events: [],
    links: [],
  };
  return {
    span_id: id,
    parent_span_id: parent,
    service: "s",
    name: id,
    kind: "server",
    start,
    duration_ns: took,
    status,
    ...rest,
  };
}

describe("a trace as rows", () => {
  it("puts children under their parent in order of start, to the nanosecond", () => {
    const tree = buildTree([span("c", "a", 7, 2), span("b", "a", 3, 2), span("a", null, 1, 10)]);
    expect(tree.rows.map((row) => [row.span.span_id, row.depth, row.offsetNs])).toEqual([
      ["a", 0, 0],
      ["b", 1, 2],
      ["c", 1, 6],
    ]);
    expect(tree.durationNs).toBe(10);
  });

  it("makes a span without its parent a root and says so", () => {
    const tree = buildTree([span("a", null, 1, 5), span("x", "gone", 2, 1)]);
    expect(tree.orphans).toBe(1);
    expect(tree.rows.map((row) => row.depth)).toEqual([0, 0]);
  });

  it("survives a nesting far deeper than the stack", () => {
    const spans = Array.from({ length: 20_000 }, (_, n) => span(`s${n}`, n === 0 ? null : `s${n - 1}`, n, 1));
    expect(buildTree(spans).rows.at(-1)?.depth).toBe(19_999);
  });

  it("hides what is below a folded row and nothing else", () => {
    const tree = buildTree([
      span("a", null, 0, 9),
      span("b", "a", 1, 3),
      span("c", "b", 2, 1),
      span("d", "a", 5, 1),
    ]);
    expect(unfolded(tree.rows, new Set(["b"])).map((row) => row.span.span_id)).toEqual(["a", "b", "d"]);
  });

  it("walks from error to error and begins again", () => {
    const { rows } = buildTree([
      span("a", null, 0, 9, "error"),
      span("b", "a", 1, 3),
      span("c", "a", 2, 1, "error"),
    ]);
    expect(nextError(rows, 0)).toBe(2);
    expect(nextError(rows, 2)).toBe(0);
    expect(nextError(rows.slice(1, 2), 0)).toBeNull();
  });
});

describe("where the log lines of a trace lie", () => {
  it("is its own time and a minute on either side", () => {
    const tree = buildTree([span("a", null, 250_000_000, 4_000_000_000), span("b", "a", 900_000_000, 1_000)]);
    expect(boundsOf(tree)).toEqual({ from: "2026-11-24T02:30:07Z", to: "2026-11-24T02:32:11Z" });
  });
});
