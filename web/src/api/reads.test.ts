import { expect, test } from "vitest";
import { unreadAgainMs } from "./reads";

test("only a trace of which nothing could be read is asked for again, less and less often", () => {
  const unread = { partial: true, spans: [] };
  expect([1, 2, 3, 4, 5, 50].map((answers) => unreadAgainMs(unread, answers))).toEqual([
    15_000, 30_000, 60_000, 120_000, 120_000, 120_000,
  ]);
  expect(unreadAgainMs({ partial: true, spans: [{}] }, 1)).toBe(false);
  expect(unreadAgainMs({ partial: false, spans: [] }, 1)).toBe(false);
  expect(unreadAgainMs(undefined, 0)).toBe(false);
});
