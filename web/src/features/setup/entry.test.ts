import i18next from "i18next";
import { beforeAll, describe, expect, it } from "vitest";
import { makeFormat } from "@/lib/format";
import en from "@/locales/en.json";
import ja from "@/locales/ja.json";
import { actionText, detailLines, type Words } from "./entry";

const words = (lang: "en" | "ja"): Words => ({
  t: i18next.getFixedT(lang),
  i18n: { exists: (key) => i18next.exists(key, { lng: lang }) },
  f: makeFormat(lang, "utc", "–"),
});

beforeAll(() =>
  i18next.init({
    resources: { en: { translation: en }, ja: { translation: ja } },
    interpolation: { escapeValue: false },
  }),
);

describe("an entry of the audit log", () => {
  it("names what was done, or shows it raw", () => {
    expect(actionText("muteSlo", words("en"))).toBe("muted alerts");
    expect(actionText("muteSlo", words("ja"))).toBe("アラートをミュート");
    expect(actionText("POST /api/v2/new", words("en"))).toBe("POST /api/v2/new");
  });

  it("tells the definitions that were changed", () => {
    const changes = [
      { action: "create", kind: "SLO", name: "checkout", fields: [] },
      { action: "update", kind: "SLO", name: "search", fields: ["objectives[0].target"] },
      { action: "delete", kind: "NotificationTarget", name: "chat", fields: [] },
    ];
    expect(detailLines({ changes }, words("en"))).toEqual([
      "SLO checkout is new",
      "SLO search was changed: objectives[0].target",
      "target chat was deleted",
    ]);
    expect(detailLines({ changes }, words("ja"))).toEqual([
      "SLO checkout を作成",
      "SLO search を変更(objectives[0].target)",
      "通知先 chat を削除",
    ]);
  });

  it("tells a mute, a severity, an owner and a scope", () => {
    const mute = { until: "2026-11-25T02:40:00Z", reason: "load test <&>" };
    expect(detailLines(mute, words("en"))).toEqual(["until 25 Nov 02:40", "because: load test <&>"]);
    expect(detailLines(mute, words("ja"))).toEqual(["11/25 02:40 まで", "理由: load test <&>"]);
    expect(detailLines({ severity: "sev1" }, words("ja"))).toEqual(["SEV 1"]);
    expect(detailLines({ owner: "aoki" }, words("en"))).toEqual(["owner: aoki"]);
    expect(detailLines({ name: "ci", scope: "read" }, words("ja"))).toEqual(["ci", "権限: 読み取り"]);
  });

  it("shows what it has no words for as it is, and nothing of what is empty", () => {
    expect(detailLines({ severity: "sev9", until: "soon" }, words("en"))).toEqual([
      "severity: sev9",
      "until: soon",
    ]);
    expect(detailLines({ changes: [{ action: "burn" }] }, words("en"))).toEqual([
      'changes: [{"action":"burn"}]',
    ]);
    expect(detailLines({ colour: 3, comment: "", reason: null }, words("en"))).toEqual(["colour: 3"]);
  });
});
