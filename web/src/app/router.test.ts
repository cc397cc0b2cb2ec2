import { expect, it } from "vitest";
import { parseSearch, stringifySearch } from "./router";

it("leaves an id of digits, or one that looks like a number, what it is", () => {
  const search = { span: "1234567890123456", other: "12345678e0123456", where: "a = 'b' AND c >= 5" };
  expect(parseSearch(stringifySearch(search))).toEqual(search);
});

it("writes nothing for what is not chosen", () => {
  expect(stringifySearch({ a: undefined, b: "", c: null, d: false })).toBe("");
});
