import { expect, it } from "vitest";
import { pieces } from "./pieces";

it("finds single ids and lists of them, and leaves other brackets alone", () => {
  expect(pieces("It timed out [S:9 S:10], said “[oops]” [L:3].")).toEqual([
    { text: "It timed out ", fact: false },
    { text: "S:9", fact: true },
    { text: "S:10", fact: true },
    { text: ", said “[oops]” ", fact: false },
    { text: "L:3", fact: true },
    { text: ".", fact: false },
  ]);
});
