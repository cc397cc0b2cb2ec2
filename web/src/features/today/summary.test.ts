import i18next from "i18next";
import { beforeAll, describe, expect, it } from "vitest";
import type { Incident } from "@/api/model";
import { makeFormat } from "@/lib/format";
import en from "@/locales/en.json";
import ja from "@/locales/ja.json";
import { type Day, summary } from "./summary";

const OPENED = Date.parse("2026-11-24T02:31:00Z");
const incident = { key: "INC-41", title: "Checkout fails", state: "open", slo: null, impact: null };
const impact = { requests: 1204, users: 318 };

function say(lang: "en" | "ja", afterSecs: number, more: object = {}): string {
  const open = { ...incident, opened_at: new Date(OPENED).toISOString(), ...more } as unknown as Incident;
  const day: Day = { slos: [], incidents: [open], changes: [], nowMs: OPENED + afterSecs * 1000 };
  const text = summary(day, i18next.getFixedT(lang), makeFormat(lang, "utc", "–"));
  return text.replace(/[\u202f\u00a0]/g, " ");
}

beforeAll(() => i18next.init({ resources: { en: { translation: en }, ja: { translation: ja } } }));

describe("an open incident in a sentence", () => {
  it.each([-5, 0, 59])("has just begun after %d s", (secs) => {
    expect(say("en", secs)).toBe("INC-41, Checkout fails, has just begun.");
    expect(say("ja", secs)).toBe("INC-41「Checkout fails」がたった今発生しました。");
  });

  it("has just begun and was met already", () => {
    expect(say("en", 30, { impact })).toBe(
      "INC-41, Checkout fails, has just begun: 1,204 requests and 318 people have met it so far.",
    );
    expect(say("ja", 30, { impact })).toBe(
      "INC-41「Checkout fails」がたった今発生し、これまでにリクエスト 1,204 件、318 人に影響しています。",
    );
  });

  it("was met by nobody yet, which is no impact", () => {
    expect(say("en", 30, { impact: { requests: 0, users: 0 } })).toBe(
      "INC-41, Checkout fails, has just begun.",
    );
    expect(say("ja", 90, { impact: { requests: 0, users: 0 } })).toBe(
      "INC-41「Checkout fails」が 1 分続いています。",
    );
  });

  it("has been open for whole minutes after that", () => {
    expect(say("en", 60)).toBe("INC-41, Checkout fails, has been open for 1 min.");
    expect(say("ja", 119, { impact })).toBe(
      "INC-41「Checkout fails」が 1 分続いており、リクエスト 1,204 件、318 人に影響しています。",
    );
  });
});
