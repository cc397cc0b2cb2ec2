import { describe, expect, it } from "vitest";
import { spread } from "./ends";

const room = { top: 10, bottom: 110, apart: 13 };

describe("labels at the ends of lines", () => {
  it("stay where they are when there is room", () => {
    expect(spread([20, 60, 110], room)).toEqual([20, 60, 110]);
  });

  it("are pushed apart, downward", () => {
    expect(spread([20, 22, 60], room)).toEqual([20, 33, 60]);
  });

  it("never leave the bottom: the lowest stays and those above it give way", () => {
    expect(spread([110, 110, 110], room)).toEqual([84, 97, 110]);
    expect(spread([90, 109, 110], room)).toEqual([84, 97, 110]);
  });

  it("never leave the top", () => {
    expect(spread([2, 4], room)).toEqual([10, 23]);
  });

  it("has nothing to do without lines", () => {
    expect(spread([], room)).toEqual([]);
  });
});
