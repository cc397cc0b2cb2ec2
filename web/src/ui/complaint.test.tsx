import { cleanup, render, screen } from "@testing-library/react";
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { ApiError, problemFrom } from "@/api/problem";
import { startLocale, switchLocale } from "@/lib/locale";
import { type Complaint, mayMend, troubleOf, useComplaint } from "./complaint";

vi.mock("@tanstack/react-router", async (original) => ({
  ...(await original<object>()),
  useSearch: () => ({}),
}));

beforeAll(() => startLocale("ja"));
afterEach(cleanup);

const limits = { rows: 1, file_rows: 1, time_secs: 30, memory_bytes: 256 * 1024 * 1024 };

function Words({ error }: { error: unknown }) {
  const said: Complaint = useComplaint(limits)(error);
  return <p data-testid="said">{JSON.stringify(said)}</p>;
}

function said(error: unknown): Complaint {
  render(<Words error={error} />);
  const found = JSON.parse(screen.getByTestId("said").textContent) as Complaint;
  cleanup();
  return found;
}

describe("what is wrong, in the language of the page", () => {
  it("names the place in a condition and keeps the server's own words beside it", () => {
    const errors = [{ field: "where", column: 5, message: "there is no column x" }];
    const told = said(problemFrom({ type: "/problems/bad-parameter", status: 400, detail: "…", errors }));
    expect(told.what).toBe("条件式の 5 文字目に誤りがあります。");
    expect(told.detail).toBe("there is no column x");
    expect(told.trouble).toBe("badInput");
  });

  it("names the line and column of a query, or the query where no place is known", () => {
    const at = (line: number | null, column: number | null) => ({
      line,
      column,
      field: "sql",
      message: "no",
    });
    const wrong = (place: ReturnType<typeof at>) =>
      problemFrom({
        type: "/problems/bad-request",
        status: 400,
        detail: "The query is wrong: no",
        errors: [place],
      });
    expect(said(wrong(at(2, 7))).what).toBe("クエリの 2 行 7 文字目に誤りがあります。");
    expect(said(wrong(at(null, null))).what).toBe("クエリに誤りがあります。");
    expect(said(wrong(at(null, null))).detail).toBe("The query is wrong: no");
  });

  it("offers the names that the server thinks were meant, however it says so", () => {
    const next = (field: string, message: string) =>
      said(
        problemFrom({
          type: "/problems/bad-request",
          status: 400,
          detail: message,
          errors: [{ line: 1, column: 8, field, message }],
        }),
      ).next;
    const servce = "there is no column servce";
    expect(next("sql", `${servce} (did you mean service?); DESCRIBE spans shows all columns`)).toMatch(
      /^もしかして: service。テーブルと列は/,
    );
    expect(next("sql", "there is no column trace (did you mean trace_id, traces?)")).toMatch(
      /^もしかして: trace_id、traces。/,
    );
    expect(next("where", `${servce} in spans; did you mean service?`)).toMatch(
      /^もしかして: service。条件式は/,
    );
    expect(next("sql", "Invalid function 'cuont'.\nDid you mean 'count'?")).toMatch(/^もしかして: count。/);
    expect(next("sql", `${servce}; there are a, b`)).toMatch(/^テーブルと列は/);
  });

  it("says of every field that a page lets choose what would be right", () => {
    for (const field of [
      "attr",
      "contains",
      "min_ms",
      "aggregate",
      "quantile",
      "threshold",
      "label",
      "from",
    ]) {
      const told = said(new ApiError(400, "", "English", [{ field, message: "English" }], "bad-parameter"));
      expect(told.what).toMatch(/[ぁ-ん]。$/);
      expect(told.next).toMatch(/[ぁ-ん]/);
      expect(told.detail).toBe("English");
    }
    const other = said(
      new ApiError(400, "", "English", [{ field: "cursor", message: "x" }], "bad-parameter"),
    );
    expect(other.what).toBe("cursor の指定が正しくありません。");
  });

  it("never tells a limit as a mistake", () => {
    const slow = said(
      problemFrom({ type: "/problems/timed-out", status: 504, detail: "took longer than 30 s" }),
    );
    expect(slow.what.replaceAll("\u00a0", " ")).toBe("クエリが制限時間(30 秒)を超えました。");
    expect(slow.next).toMatch(/誤りではありません。期間を短く/);
    const large = said(problemFrom({ type: "/problems/query-memory", status: 422, detail: "256 MiB" }));
    expect(large.what.replaceAll("\u00a0", " ")).toBe("クエリが使えるメモリの上限(256 MiB)を超えました。");
  });

  it("has all of it in English too", async () => {
    await switchLocale("en");
    const large = said(problemFrom({ type: "/problems/query-memory", status: 422, detail: "256 MiB" }));
    expect(large.what.replaceAll("\u00a0", " ")).toBe(
      "The query needs more than the 256 MiB of memory it may use.",
    );
    await switchLocale("ja");
  });
});

it("another try is offered where it may help, and nowhere else", () => {
  const of = (status: number, kind = "") => mayMend(troubleOf(new ApiError(status, "", "", [], kind)));
  for (const status of [400, 403, 404, 405, 409, 413, 415, 422]) expect(of(status)).toBe(false);
  expect(of(422, "query-memory")).toBe(false);
  for (const status of [408, 429, 500, 502, 503]) expect(of(status)).toBe(true);
  expect(of(504, "timed-out")).toBe(true);
  expect(mayMend(troubleOf(new TypeError("failed to fetch")))).toBe(true);
});
