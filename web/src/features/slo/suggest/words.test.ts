import i18next, { type TFunction } from "i18next";
import { beforeAll, describe, expect, it } from "vitest";
import type { SuggestedPromise, TargetLadder, TargetRung } from "@/api/model";
import { makeFormat } from "@/lib/format";
import en from "@/locales/en.json";
import ja from "@/locales/ja.json";
import {
  candidateOf,
  cautions,
  example,
  isChance,
  leftText,
  meaning,
  outageSecs,
  pastSecs,
  pastText,
  rungOf,
  targetText,
  verdictText,
} from "./words";

const RUNG: TargetRung = {
  target: 0.999,
  verdict: "kept_with_room",
  breached: 0,
  least_left: 0.5868515505977742,
  allowed: 1082,
  events_for_one: 1000,
  events_for_confidence: 2995,
  pages: 0,
  tickets: 2,
  held_back: 0,
};

function ladder(targets: Partial<TargetRung>[], more: Partial<TargetLadder> = {}): TargetLadder {
  const counted = { good: 116_133, bad: 48, unknown: 0, coverage: 1, windows: 5, short: false };
  const rungs = targets.map((each) => ({ ...RUNG, ...each }));
  return { ...counted, events: 97_000, inverted: false, recommended: null, targets: rungs, ...more };
}

const plain = (text: string) => text.replace(/[\u202f\u00a0]/g, " ");
const f = { en: makeFormat("en", "utc", "–"), ja: makeFormat("ja", "utc", "–") };
const t = {} as Record<"en" | "ja", TFunction>;
beforeAll(async () => {
  await i18next.init({
    resources: { en: { translation: en }, ja: { translation: ja } },
    lng: "en",
    interpolation: { escapeValue: false },
  });
  t.en = i18next.getFixedT("en");
  t.ja = i18next.getFixedT("ja");
});

describe("what a target lets fail", () => {
  it("is a whole number of a round one, for every rung of the ladder", () => {
    const told = [0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9995, 0.9999].map(example);
    expect(told.map(({ bad }) => bad)).toEqual([1000, 500, 200, 100, 50, 20, 10, 5, 1]);
    expect(told.every(({ all }) => all === 10_000)).toBe(true);
    expect([0.99995, 0.99999].map(example)).toEqual([
      { all: 100_000, bad: 5 },
      { all: 100_000, bad: 1 },
    ]);
    expect(example(0.99973)).toEqual({ all: 100_000, bad: 27 });
    expect(example(1 - 1e-13).bad).toBe(1);
  });

  it("is so long an outage", () => {
    expect(outageSecs(0.999, 28) / 60).toBe(40);
    expect(outageSecs(0.9, 28)).toBe(241_920);
    expect(outageSecs(0.9999, 28) / 60).toBe(4);
    expect(outageSecs(0.99999, 28)).toBe(24);
    expect(outageSecs(0.99999, 7)).toBe(6);
  });

  it("is told in both languages", () => {
    const promise = { target: 0.999, within: null, windowDays: 28 };
    const of = (lang: "en" | "ja", more: object = {}) =>
      meaning({ ...promise, subject: "requests", ...more }, t[lang], f[lang]).map(plain);
    expect(of("en")).toEqual([
      "Of 10,000 requests, 10 may fail.",
      "With even traffic that is 40 min of full outage in 28 days.",
    ]);
    expect(of("ja")).toEqual([
      "リクエスト 10,000 件のうち 10 件まで失敗してよい、という約束です。",
      "トラフィックが一定なら、28 日のうち 40 分の全面停止に相当します。",
    ]);
    expect(of("en", { subject: "latency", within: 300 })[0]).toBe(
      "Of 10,000 requests that succeed, 10 may take longer than 300 ms.",
    );
    expect(of("en", { subject: "slices" })).toEqual([
      "Of 10,000 slices of time, 10 may be bad.",
      "That is 40 min of bad slices in 28 days.",
    ]);
  });
});

describe("what the past says of it", () => {
  it("is counted in windows where there are several", () => {
    const broken = { ...RUNG, verdict: "broken", breached: 3 } as const;
    expect(verdictText(broken, 5, t.en, f.en)).toBe("broken in 3 of 5 windows");
    expect(verdictText(broken, 1, t.en, f.en)).toBe("broken");
    expect(verdictText(broken, 5, t.ja, f.ja)).toBe("5 期間中 3 期間で未達");
    expect(verdictText(RUNG, 5, t.en, f.en)).toBe("kept with room");
  });

  it("leaves a share that is cut, signed below zero, and never a number that nobody measured", () => {
    expect(plain(leftText(RUNG, f.en))).toBe("58.6 %");
    expect(plain(leftText({ ...RUNG, least_left: -3.1314844940222586 }, f.en))).toBe("−313 %");
    expect(leftText({ ...RUNG, least_left: null }, f.en)).toBe("–");
  });

  it("warns of what cannot be told, is broken, is close, or may be chance", () => {
    const warned = (more: Partial<TargetRung>) =>
      cautions(ladder([]), { ...RUNG, ...more }, 28, t.en, f.en).map(plain);
    expect(warned({})).toEqual([]);
    expect(
      warned({
        target: 0.99999,
        verdict: "untestable",
        allowed: 0,
        events_for_one: 100_000,
        events_for_confidence: 299_572,
      }),
    ).toEqual([
      "In 28 days, 97,000 come. At 99.999 % it takes 100,000 until one may fail, so the first failure breaks the promise; " +
        "and 299,572 without any failure until one can say with 95 % confidence that it is kept.",
    ]);
    expect(warned({ verdict: "broken", held_back: 18 })).toEqual([
      expect.stringMatching(/would have broken it/),
      expect.stringMatching(/few failures may be chance: 18\.$/),
    ]);
    expect(warned({ verdict: "kept", allowed: 9 })).toHaveLength(2);
    expect([9, 10].map((allowed) => isChance({ ...RUNG, allowed }))).toEqual([true, false]);
  });

  it("is about the time that was looked at", () => {
    const secs = pastSecs({ from: "2026-11-20T05:20:00Z", to: "2026-11-23T14:28:00Z" });
    expect(plain(pastText(secs, f.en))).toBe("3 days 9 h");
    expect(plain(pastText(27.98 * 86_400, f.ja))).toBe("28 日");
    expect(pastSecs({ from: "2026-11-23T00:00:00Z", to: "2026-11-22T00:00:00Z" })).toBe(0);
  });
});

describe("the rung that is looked at", () => {
  const three = [
    { target: 0.9, verdict: "kept_with_room" },
    { target: 0.99, verdict: "kept" },
    { target: 0.99995, verdict: "broken" },
  ] as const;

  it("is the chosen one, else the recommended, else the tightest that was kept", () => {
    expect(rungOf(ladder([...three], { recommended: 0 }), "0.99995")?.verdict).toBe("broken");
    expect(rungOf(ladder([...three], { recommended: 0 }), undefined)?.target).toBe(0.9);
    expect(rungOf(ladder([...three]), "0.5")?.target).toBe(0.9);
    expect(rungOf(ladder(three.slice(1)), undefined)?.target).toBe(0.99);
    expect(rungOf(ladder(three.slice(2)), undefined)?.target).toBe(0.99995);
    expect(rungOf(ladder([]), undefined)).toBeUndefined();
    expect(targetText({ target: 0.99999 })).toBe("0.99999");
  });
});

describe("the candidate that is looked at", () => {
  const none = { within_ms: null, objective: null, label: null, target: null, chosen: false, ladder: null };
  const availability: SuggestedPromise = { ...none, kind: "availability", chosen: true };
  const within = (within_ms: number, chosen = false): SuggestedPromise => ({
    ...{ ...none, kind: "latency", within_ms, chosen },
  });

  it("is availability, or the threshold that is chosen or recommended", () => {
    const all = [availability, within(100), within(300, true), within(1000)];
    expect(candidateOf(all, {})?.promise).toBe(availability);
    expect(candidateOf(all, { kind: "latency" })?.promise.within_ms).toBe(300);
    expect(candidateOf(all, { kind: "latency", within: "1000" })?.promise.within_ms).toBe(1000);
    expect(candidateOf(all, { kind: "latency", within: "7" })?.promise.within_ms).toBe(300);
    expect(candidateOf(all, { kind: "latency" })?.others).toHaveLength(3);
    expect(candidateOf([availability, within(10), within(20)], { kind: "latency" })?.promise.within_ms).toBe(
      20,
    );
    expect(candidateOf([availability], { kind: "latency" })?.promise).toBe(availability);
    expect(candidateOf([], {})).toBeUndefined();
  });

  it("is an objective of the SLO", () => {
    const objectives: SuggestedPromise[] = [0, 1].map((objective) => ({
      ...none,
      kind: "objective",
      objective,
    }));
    expect(candidateOf(objectives, {})?.promise.objective).toBe(0);
    expect(candidateOf(objectives, { objective: "1" })?.promise.objective).toBe(1);
    expect(candidateOf(objectives, { objective: "9" })?.promise.objective).toBe(0);
  });
});
