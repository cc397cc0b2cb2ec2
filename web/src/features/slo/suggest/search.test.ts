import { describe, expect, it } from "vitest";
import { daysFor, offered, readSuggestSearch } from "./search";

describe("the address of a suggestion", () => {
  it("keeps what was chosen, and drops what cannot be", () => {
    const read = readSuggestSearch({
      service: "shop",
      endpoint: "POST /pay",
      days: "14",
      window: "400",
      kind: "latency",
      within: "0300",
      target: "0.999",
    });
    expect(read).toMatchObject({ service: "shop", endpoint: "POST /pay", days: "14", kind: "latency" });
    expect(read).toMatchObject({ within: "300", target: "0.999", window: undefined, objective: undefined });
    expect(readSuggestSearch({ days: "0", window: "-7", kind: "beauty", within: "1e3" })).toMatchObject({
      days: undefined,
      window: undefined,
      kind: undefined,
      within: undefined,
    });
  });

  it("is about an SLO or about requests, never both", () => {
    expect(readSuggestSearch({ slo: "pay", service: "shop", endpoint: "GET /" })).toMatchObject({
      slo: "pay",
      service: undefined,
      endpoint: undefined,
    });
    expect(readSuggestSearch({ endpoint: "GET /" }).endpoint).toBeUndefined();
  });

  it("offers the made choice among the others", () => {
    expect(offered([7, 28], 10)).toEqual([7, 10, 28]);
    expect(offered([7, 28], 28)).toEqual([7, 28]);
  });

  it("looks at a whole window at least, as far as the past may be asked for", () => {
    expect([7, 28, 30, 90, 366].map(daysFor)).toEqual([28, 28, 60, 90, 90]);
  });
});
