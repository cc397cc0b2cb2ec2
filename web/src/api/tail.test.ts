import { expect, test } from "vitest";
import type { Log } from "./model";
import { TAIL_LINES, type Tail, taken } from "./tail";

const log = (n: number) => ({ id: String(n) }) as Log;
const empty: Tail = { lines: [], missed: 0, state: "following", error: null };
const ids = (tail: Tail) => tail.lines.map((line) => line.id);

test("the newest lines come first", () => {
  const tail = taken(taken(empty, [log(1), log(2)], 0), [log(3)], 2);
  expect(ids(tail)).toEqual(["3", "2", "1"]);
  expect(tail.missed).toBe(2);
});

test("no more lines are kept than can be looked at, and it is told", () => {
  const many = Array.from({ length: TAIL_LINES + 3 }, (_, n) => log(n));
  const tail = taken(taken(empty, [log(-1)], 0), many, 0);
  expect(tail.lines).toHaveLength(TAIL_LINES);
  expect(tail.lines[0]?.id).toBe(String(TAIL_LINES + 2));
  expect(tail.missed).toBe(4);
});
