import { expect, test } from "vitest";
import { cellText, isNumber, isShown, marked, offsetOf, widths } from "./shape";

test("cells are text, and NULL is none", () => {
  expect([cellText(null), cellText("x"), cellText(1.5), cellText(false)]).toEqual([
    null,
    "x",
    "1.5",
    "false",
  ]);
});

test("columns are as wide as they need, within limits", () => {
  const columns = [
    { name: "n", type: "Int64" },
    { name: "a long name", type: "Utf8" },
    { name: "ja", type: "Utf8" },
    { name: "body", type: "Utf8" },
  ];
  const rows = [[1, null, "支払い失敗", "x".repeat(500)]];
  expect(widths({ columns, rows })).toEqual([6, 11, 10, 60]);
  expect(columns.map((column) => isNumber(column.type))).toEqual([true, false, false, false]);
});

test("an error is shown at its place", () => {
  const sql = "SELECT\n sevice\nFROM spans";
  expect(sql.slice(offsetOf(sql, 2, 2))).toMatch(/^sevice/);
  expect(marked(sql, 2, 2)).toBe(" sevice\n ^");
  expect(offsetOf("SELECT '𠮷', x", 1, 13)).toBe("SELECT '𠮷', ".length);
  expect(offsetOf("SELECT", 9, 9)).toBe(6);
});

test("the columns of the tables that a query names are shown at first", () => {
  const join = "SELECT * FROM Logs l JOIN spans s ON l.span_id = s.span_id";
  expect(["spans", "logs", "metrics"].map((table, at) => isShown(table, at, join))).toEqual([
    true,
    true,
    false,
  ]);
  expect(["spans", "logs"].map((table, at) => isShown(table, at, ""))).toEqual([true, false]);
  expect(isShown("logs", 1, "SELECT blogs FROM spans")).toBe(false);
});
