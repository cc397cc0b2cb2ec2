import { expect, test } from "vitest";
import type { Log } from "@/api/model";
import { newestFirst, oldestFirst } from "./order";

const log = (id: string, time: string) => ({ id, time }) as Log;

test("the lines of a trace are read from the oldest on, to the nanosecond", () => {
  const newestFirst = [
    log("d", "2026-11-24T02:31:08Z"),
    log("c", "2026-11-24T02:31:07.500000001Z"),
    log("b", "2026-11-24T02:31:07.5Z"),
    log("a", "2026-11-24T02:31:07Z"),
  ];
  expect(oldestFirst(newestFirst).map((each) => each.id)).toEqual(["a", "b", "c", "d"]);
});

test("lines of one instant keep the order in which they were written, whichever way round they come", () => {
  const written = [
    log("a", "2026-11-24T02:31:07Z"),
    log("b", "2026-11-24T02:31:07Z"),
    log("c", "2026-11-24T02:31:08Z"),
  ];
  expect(oldestFirst(written).map((each) => each.id)).toEqual(["a", "b", "c"]);
  expect(oldestFirst(written.toReversed()).map((each) => each.id)).toEqual(["a", "b", "c"]);
  expect(oldestFirst([])).toEqual([]);
});

test("lines that come late or by service stand where they were written", () => {
  const came = [
    log("c", "2026-11-24T02:31:07.5Z"),
    log("d", "2026-11-24T02:31:08Z"),
    log("b", "2026-11-24T02:31:07.25Z"),
    log("e", "2026-11-24T02:31:08.000000001Z"),
    log("a", "2026-11-24T02:31:07.25Z"),
  ];
  expect(newestFirst(came).map((each) => each.id)).toEqual(["e", "d", "c", "b", "a"]);
});
