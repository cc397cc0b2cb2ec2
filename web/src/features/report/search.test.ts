import { describe, expect, it } from "vitest";
import { lastMonths, monthName, readReportSearch } from "./search";

describe("the address of a report", () => {
  it("keeps what it can name and drops the rest", () => {
    expect(readReportSearch({ month: "2026-11", owner: "payments" })).toEqual({
      month: "2026-11",
      owner: "payments",
    });
    expect(readReportSearch({ month: "2026-13", owner: "" })).toEqual({ month: undefined, owner: undefined });
    expect(readReportSearch({ month: 7 })).toEqual({ month: undefined, owner: undefined });
  });
});

describe("the last months", () => {
  it("are those of the zone's clocks, over the turn of a year", () => {
    const at = Date.parse("2026-12-31T15:30:00Z");
    expect(lastMonths(at, "UTC", 2)).toEqual(["2026-12", "2026-11"]);
    expect(lastMonths(at, "Asia/Tokyo", 3)).toEqual(["2027-01", "2026-12", "2026-11"]);
  });
});

describe("a month", () => {
  it("is called as people call it", () => {
    expect(monthName("2026-02", "en")).toBe("February 2026");
    expect(monthName("2026-02", "ja")).toBe("2026年2月");
  });
});
