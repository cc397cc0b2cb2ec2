import { expect, test } from "vitest";
import { partialBy } from "./partial";

const TIME =
  "reading ended after 20 s, the most that it may take; 3 of 9 segments were read; choose a shorter range";
const STOPPED = "the search was stopped; 3 of 9 segments were read";
const DAMAGED = "segment c is damaged: torn; its rows are missing here";
const BUCKET = "2 segments are in the bucket alone, and no route; their rows are missing here";
const SERIES = "there are more than 20000 series; labels of the rest are missing here";

test("a read that ended early is told from data that cannot be read", () => {
  for (const early of [TIME, STOPPED]) expect(partialBy([early])).toEqual({ early: true, unread: false });
  for (const unread of [DAMAGED, BUCKET]) expect(partialBy([unread])).toEqual({ early: false, unread: true });
  expect(partialBy([DAMAGED, TIME])).toEqual({ early: true, unread: true });
});

test("a limit of the answer is neither", () => {
  expect(partialBy([SERIES])).toEqual({ early: false, unread: false });
  expect(partialBy([])).toEqual({ early: false, unread: false });
});
