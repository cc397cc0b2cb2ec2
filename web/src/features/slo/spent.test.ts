import { describe, expect, it } from "vitest";
import type { Deploy, SloSpend, SpendInterval } from "@/api/model";
import { readSloSearch } from "./search";
import { deploysIn, spentOf, valuesOf } from "./spent";

type Told = Pick<SloSpend, "from" | "to" | "allowed" | "spent" | "hours">;

/** An hour of the 24th. */
function hour(at: number, bad: number, incidents: number[] = []): SpendInterval {
  const time = (h: number) => `2026-11-24T${String(h).padStart(2, "0")}:00:00Z`;
  return {
    ...{
      from: time(at),
      to: time(at + 1),
      bad,
      total: 1000,
      part_budget_shares: [],
      budget_share: bad / 100,
    },
    incidents: incidents.map((id) => ({ id, title: "t" })),
  };
}

function told(hours: SpendInterval[], spent: number | null, allowed: number | null = 100): Told {
  return { from: "2026-11-24T00:00:00Z", to: "2026-11-25T00:00:00Z", allowed, spent, hours };
}

describe("what spent a budget", () => {
  it("adds up to all of it, over-spent too, with the time that the rest is spread over", () => {
    const spent = spentOf(told([hour(2, 90), hour(9, 40)], 162));
    expect(spent.rest).toEqual({ bad: 32, share: 0.32, secs: 22 * 3600 });
    expect([spent.share, spent.all, spent.hours]).toEqual([1.3, 1.62, 2]);
    expect(spentOf(told([hour(2, 90)], 90)).rest).toBeNull();
  });

  it("has no rest where only rounding leaves one, and one below zero where there is", () => {
    expect(spentOf(told([hour(2, 0.1), hour(5, 0.2)], 0.3)).rest).toBeNull();
    expect(spentOf(told([hour(2, 60)], 50)).rest).toMatchObject({ bad: -10, share: -0.1 });
  });

  it("joins hours in a row of the same incidents, and no others; the most costly first", () => {
    const hours = [
      hour(9, 40, [3]),
      hour(2, 30, [1, 2]),
      hour(3, 20, [2, 1]),
      hour(4, 5),
      hour(5, 4),
      hour(10, 1),
    ];
    const { stretches } = spentOf(told(hours, 100));
    expect(stretches.map((each) => [each.from.slice(11, 13), each.hours, each.bad])).toEqual([
      ["02", 2, 50],
      ["09", 1, 40],
      ["04", 1, 5],
      ["05", 1, 4],
      ["10", 1, 1],
    ]);
    expect(stretches[0]).toMatchObject({ to: "2026-11-24T04:00:00Z", total: 2000, share: 0.5 });
  });

  it("makes no share of a budget that allows nothing", () => {
    const none = { ...hour(2, 3), budget_share: null };
    const spent = spentOf(told([none], 3, 0));
    expect([spent.share, spent.all, spent.stretches[0]?.share]).toEqual([null, null, null]);
  });

  it("names the deploys that began in a stretch, the end excluded", () => {
    const deploy = (id: string, time: string) => ({ id, time }) as Deploy;
    const [stretch] = spentOf(told([hour(2, 3)], 3)).stretches;
    const found = [
      deploy("c", "2026-11-24T03:00:00Z"),
      deploy("b", "2026-11-24T02:59:59.9Z"),
      deploy("a", "2026-11-24T02:00:00Z"),
    ];
    expect(stretch && deploysIn(stretch, found).map((each) => each.id)).toEqual(["a", "b"]);
  });
});

describe("whose events spent it", () => {
  const value = (name: string | null, bad: number, total: number) => ({
    value: name,
    bad,
    total,
    budget_share: null,
  });

  it("is a share of the failures beside one of the traffic", () => {
    const { rows, more } = valuesOf([value("131", 30, 100), value(null, 10, 300)]);
    expect(rows.map((row) => [row.failing, row.ofFailures, row.ofTraffic])).toEqual([
      [0.3, 0.75, 0.25],
      [1 / 30, 0.25, 0.75],
    ]);
    expect(more).toBe(false);
  });

  it("is no number where nothing failed or came, and says that there may be more values", () => {
    expect(valuesOf([value("a", 0, 0)]).rows[0]).toMatchObject({
      failing: null,
      ofFailures: null,
      ofTraffic: null,
    });
    expect(valuesOf(Array.from({ length: 20 }, (_, n) => value(`${n}`, 1, 2))).more).toBe(true);
  });
});

it("reads the address, and opens a broken link", () => {
  expect(readSloSearch({ objective: "1", by: " version " })).toEqual({ objective: "1", by: "version" });
  expect(readSloSearch({ objective: "-1", by: " " })).toEqual({ objective: undefined, by: undefined });
});
