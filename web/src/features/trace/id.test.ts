import { expect, it } from "vitest";
import { isTraceId } from "./id";

it.each([
  ["4bf92f3577b34da6a3ce929d0e0e4736", true],
  ["4BF92F3577B34DA6A3CE929D0E0E4736", true],
  ["4bf92f35", false],
  ["zbf92f3577b34da6a3ce929d0e0e4736", false],
  ["", false],
])("whether %s is one: %s", (text, is) => expect(isTraceId(text)).toBe(is));
