import i18next from "i18next";
import { beforeAll, describe, expect, it } from "vitest";
import type { LedgerEntry } from "@/api/model";
import { makeFormat } from "@/lib/format";
import en from "@/locales/en.json";
import { effectText, kindOf, withdrawals, wordsOf } from "./entries";

const f = makeFormat("en", "utc", "–");
const [from, to] = ["2026-11-24T02:00:00Z", "2026-11-24T03:00:00Z"];
const exclusion: LedgerEntry = {
  id: "e1",
  time: "2026-11-24T03:10:00Z",
  by: "ada",
  kind: "exclusion",
  text: `60 min from ${from} to ${to} is left out of the budget: load test`,
  exclusion: { from, to, repeat: null, counts_as: "left_out", reason: "load test", ticket: "", effects: [] },
  reset: null,
  withdraws: null,
};
const withdrawal: LedgerEntry = {
  ...exclusion,
  id: "w1",
  kind: "withdrawal",
  text: "an exclusion was withdrawn: the wrong day",
  exclusion: null,
  withdraws: "e1",
};

beforeAll(() => i18next.init({ lng: "en", resources: { en: { translation: en } } }));

it("knows which exclusion was withdrawn, and by which entry", () => {
  expect([...withdrawals([withdrawal, exclusion])]).toEqual([["e1", withdrawal]]);
  expect(withdrawals([exclusion]).size).toBe(0);
});

it("tells excluded time in the zone of the page", () => {
  expect(wordsOf(exclusion, f)).toBe(
    "60 min from 24 Nov 02:00 to 24 Nov 03:00 is left out of the budget: load test",
  );
  expect(wordsOf(withdrawal, f)).toBe(withdrawal.text);
});

it("calls an entry by its kind, which may be one of a server that is newer than the page", () => {
  const word = (kind: string) => kindOf({ kind }, i18next.t);
  expect([word("override"), word("exclusion")]).toEqual(["Release gate overridden", "Exclusion"]);
  expect(word("transfer")).toBe("Entry: transfer");
});

describe("what an exclusion changes", () => {
  const said = (objective: string, before: number | null, after: number | null, isOne = false) => {
    const effect = { objective, budget_remaining_before: before, budget_remaining_after: after };
    return effectText(effect, isOne, i18next.t, f).replace(/[\u202f\u00a0]/g, " ");
  };

  it("is a share before and after, with the objective where there are several", () => {
    expect(said("0.999", -0.5, 0.12, true)).toBe("budget left −50 % → 12 %");
    expect(said("0.999", -0.5, 0.12)).toBe("99.9 %: budget left −50 % → 12 %");
    expect(said("quick", 0.2, 0.2)).toBe("quick: budget left 20 %, unchanged");
  });

  it("is never a number where nothing is measured", () => {
    expect(said("quick", null, 0.12, true)).toBe("budget left not measured → 12 %");
    expect(said("quick", null, null, true)).toBe("budget left not measured, unchanged");
  });
});
