import { expect, test } from "vitest";
import { exactJson, isChangedByReading } from "./exact";

test("integers that a number cannot hold are read as their digits, wherever they stand", () => {
  const json =
    '{"id": 9007199254740993,"least":-9223372036854775808 ,"all":[18446744073709551615,1],"in":{"a":[9007199254740992]}}';
  expect(JSON.parse(exactJson(json))).toEqual({
    id: "9007199254740993",
    least: "-9223372036854775808",
    all: ["18446744073709551615", 1],
    in: { a: ["9007199254740992"] },
  });
});

test("whatever a number can hold, and all that is text, stays what it is", () => {
  const texts = [
    '{"id":9007199254740991,"f":1234567890123456.0,"g":1e+300,"n":null}',
    String.raw`{"say \"[9007199254740993]\"":"x\\","b":["9007199254740993,", ",9007199254740993]"]}`,
    "",
    "[]",
  ];
  for (const text of texts) expect(exactJson(text)).toBe(text);
  const both = String.raw`{"a":"\",9007199254740993]","b":9007199254740993}`;
  expect(JSON.parse(exactJson(both))).toEqual({ a: '",9007199254740993]', b: "9007199254740993" });
});

test("it is known whether reading would change anything", () => {
  expect([isChangedByReading('{"a":1}'), isChangedByReading('{"a":9007199254740993}')]).toEqual([
    false,
    true,
  ]);
});
