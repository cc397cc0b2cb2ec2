import { expect, test } from "vitest";
import type { LogCounts } from "@/api/model";
import {
  asSql,
  attributes,
  filterOf,
  layers,
  moreLines,
  readLogSearch,
  withAttribute,
  withoutAttribute,
} from "./search";

test("an address keeps only what can be read", () => {
  const read = readLogSearch({ service: "cart", live: "yes", lines: "9999", record: "1-2-0", other: "x" });
  expect(read).toMatchObject({ service: "cart", live: undefined, lines: undefined, record: "1-2-0" });
  expect(readLogSearch({ lines: "60", live: "1" })).toMatchObject({ lines: 60, live: "1" });
});

test("attributes are added once and taken away", () => {
  const one = { attr: withAttribute({}, "a=1") };
  const two = { attr: withAttribute({ attr: withAttribute(one, "b=x\ny") }, "a=1") };
  expect(attributes(two)).toEqual(["b=x y", "a=1"]);
  expect(withoutAttribute(two, "b=x y")).toBe("a=1");
  expect(withoutAttribute(one, "a=1")).toBeUndefined();
  expect(filterOf(two).attr).toEqual(["b=x y", "a=1"]);
});

test("only severities that occur have a layer, the gravest last", () => {
  const point = { time: "", unknown: 0, trace: 0, debug: 0, info: 5, warn: 0, error: 1, fatal: 0 };
  const counts = { points: [point, { ...point, info: 0 }] } as unknown as LogCounts;
  expect(layers(counts, (severity) => severity).map((layer) => [layer.label, layer.values])).toEqual([
    ["info", [5, 0]],
    ["error", [1, 1]],
  ]);
});

test("more lines are asked for up to a limit", () => {
  expect([moreLines(20), moreLines(180), moreLines(500)]).toEqual([60, 500, null]);
});

test("a search becomes SQL, quotes and all", () => {
  const sql = asSql(
    { service: "it's", severity: "WARN", attr: "order.id=47=11", where: "trace_id IS NOT NULL" },
    { from: "2026-11-24T02:00:00Z", to: "2026-11-24T03:00:00Z" },
  );
  expect(sql).toContain("service = 'it''s'");
  expect(sql).toContain("severity_number >= 13");
  expect(sql).toContain("attrs['order.id'] = '47=11'");
  expect(sql).toContain("(trace_id IS NOT NULL)");
});

test("a search for whole words says so to the server and in SQL", () => {
  const search = readLogSearch({ contains: "it's (4711", whole: "1" });
  expect(filterOf(search)).toMatchObject({ contains: "it's (4711", whole_words: true });
  expect(filterOf({ whole: "1" }).whole_words).toBeUndefined();
  const bounds = { from: "2026-11-24T02:00:00Z", to: "2026-11-24T03:00:00Z" };
  expect(asSql(search, bounds)).toContain(
    "regexp_like(body, '(^|[^A-Za-z0-9_])it''s \\(4711($|[^A-Za-z0-9_])', 'i')",
  );
  expect(asSql({ contains: "(x)", whole: "1" }, bounds)).toContain("regexp_like(body, '\\(x\\)', 'i')");
});
