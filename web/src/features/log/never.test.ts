import { expect, test } from "vitest";
import type { StoreReport } from "@/api/model";
import { neverCame } from "./came";
import { lineSnippet } from "./snippet";

function store(logs: object): StoreReport {
  const none = { items: 0, newest_event_at: null, stored: { rows: 0 } };
  const spans = { signal: "spans", items: 9, newest_event_at: "2026-11-24T02:00:00Z", stored: { rows: 9 } };
  return { signals: [spans, { signal: "logs", ...none, ...logs }] } as unknown as StoreReport;
}

test("log lines never came only where none is stored, in memory or counted, whatever else came", () => {
  expect(neverCame(store({}))).toBe(true);
  expect(neverCame(store({ items: 1 })), "taken since the start").toBe(false);
  expect(neverCame(store({ newest_event_at: "2026-11-01T00:00:00Z" })), "taken before it").toBe(false);
  expect(neverCame(store({ stored: { rows: 4 } }))).toBe(false);
});

test("the line that is sent by hand goes where logs are taken, with a token where one is needed", () => {
  const open = lineSnippet("127.0.0.1:4318", false);
  expect(open).toContain("curl -sS http://127.0.0.1:4318/v1/logs ");
  expect(open).not.toContain("authorization");
  expect(lineSnippet("https://ippo.example", true)).toContain("authorization: Bearer <token>");
});
