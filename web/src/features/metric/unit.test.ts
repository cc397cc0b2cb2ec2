import { expect, test } from "vitest";
import { makeFormat } from "@/lib/format";
import { between, counted, measureOf, quantity, unitName } from "./unit";

const en = makeFormat("en", "utc", "–");
const ja = makeFormat("ja", "utc", "–");
const plain = (value: number, unit: string, apart?: number) =>
  quantity(value, unit, "plain", en, apart).replaceAll("\u00a0", " ");

test("times, data and plain numbers are written as people read them", () => {
  expect(plain(0.25, "s")).toBe("250 ms");
  expect(plain(1.5, "s")).toBe("1.5 s");
  expect(plain(0.0000021, "s")).toBe("2.1 µs");
  expect(plain(12, "ns")).toBe("12 ns");
  expect(plain(-0.25, "s")).toBe("−250 ms");
  expect(plain(0, "s")).toBe("0 ms");
  expect(plain(1_572_864, "By")).toBe("1.5 MiB");
  expect(plain(3, "KiBy")).toBe("3 KiB");
  expect(plain(1023, "By")).toBe("1,023 B");
  expect(plain(21.5, "Cel")).toBe("21.5 °C");
  expect(plain(12, "{item}")).toBe("12");
  expect(plain(0.123456, "1")).toBe("0.1235");
  expect(plain(0.1, "", 0.05)).toBe("0.10");
  expect(plain(42, "%")).toBe("42 %");
});

test("what is measured each second says so", () => {
  expect(measureOf("counter", "rate")).toBe("rate");
  expect(measureOf("histogram", "rate")).toBe("countRate");
  expect(measureOf("histogram", "increase")).toBe("count");
  expect(measureOf("histogram", "quantile")).toBe("plain");
  expect(measureOf("exponential_histogram", "share")).toBe("share");
  const rate = (value: number, unit: string) => quantity(value, unit, "rate", en).replaceAll("\u00a0", " ");
  expect(rate(2048, "By")).toBe("2 KiB/s");
  expect(rate(0.4, "s")).toBe("0.4 s/s");
  expect(rate(3.25, "{request}")).toBe("3.25 /s");
  expect(quantity(0.999, "s", "share", en)).toBe("99.9\u202f%");
});

test("large numbers are short in the reader's own way", () => {
  expect(quantity(1_234_567, "", "plain", en)).toBe("1.23M");
  expect(quantity(1_234_567, "", "plain", ja)).toBe("123.46万");
});

test("a unit has a name, and braces say what is counted", () => {
  expect(unitName("{request}")).toBe("");
  expect(counted("{request}/s")).toBe("request");
  expect(unitName("By")).toBe("By");
  expect(unitName("1")).toBe("");
});

test("bounds say which side is open, and never a number between", () => {
  const show = (value: number) => String(value);
  expect(between(0.1, 0.5, show)).toBe("0.1 – 0.5");
  expect(between(null, 0.5, show)).toBe("≤ 0.5");
  expect(between(0.5, null, show)).toBe("> 0.5");
  expect(between(0.5, 0.5, show)).toBe("0.5");
  expect(between(null, null, show)).toBe("");
});
