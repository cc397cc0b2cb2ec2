// Error budget policies as the server tells them, in both languages.
import { now } from "./clock.mjs";

const ago = (hours) => new Date(now() - hours * 3_600_000).toISOString();

const WORDS = {
  en: {
    name: "Error budget policy of the shop",
    description: "Agreed by the shop team, its product manager and SRE on 20 November.",
    freeze: "at most 0 % of the budget is left",
    freezes: "the release gate lets only P0 and security fixes pass",
    slow: "at least 50 % of the budget is spent in 7d",
    advises: "a freeze of changes is advised",
    learn: "an incident spends at least 20 % of the budget",
    due: "a postmortem is due",
    spent:
      "-62.2 % of the error budget is left, at most 0 %; the release gate lets only P0 and security fixes pass",
    incident: "INC-41 spent 52.4 % of the error budget; a postmortem is due",
  },
  ja: {
    name: "ショップのエラーバジェットポリシー",
    description: "11 月 20 日にショップチーム、プロダクトマネージャー、SRE で合意。",
    freeze: "バジェットの残りが 0 % 以下",
    freezes: "リリースゲートは P0 対応とセキュリティ修正だけを通します",
    slow: "7 日間でバジェットの 50 % 以上を消費",
    advises: "変更の凍結を推奨します",
    learn: "1 件のインシデントがバジェットの 20 % 以上を消費",
    due: "ポストモーテムが必要です",
    spent:
      "エラーバジェットの残りは -62.2 % で、0 % 以下です。リリースゲートは P0 対応とセキュリティ修正だけを通します",
    incident: "INC-41 がエラーバジェットの 52.4 % を消費しました。ポストモーテムが必要です",
  },
};

/** The rules that stand for an SLO. */
export function standingOf(slo, lang) {
  if (slo !== "checkout-succeeds") return [];
  const words = WORDS[lang];
  const rule = (name, freeze, incident, text, hours) => ({
    slo,
    policy: "shop",
    rule: name,
    freeze,
    postmortem: incident !== null,
    incident,
    since: ago(hours),
    text,
  });
  return [rule("freeze", "block", null, words.spent, 5), rule("learn", null, 41, words.incident, 6)];
}

/** Every policy. */
export function budgetPolicies(slos, lang) {
  const words = WORDS[lang];
  const standing = standingOf("checkout-succeeds", lang);
  const rule = (name, when, then, more) => ({
    ...{ name, when, then, freeze: null, postmortem: false, notify: ["checkout-oncall"] },
    standing: standing.filter((each) => each.rule === name),
    ...more,
  });
  return {
    next_cursor: null,
    warnings: [],
    partial: false,
    policies: [
      {
        name: "shop",
        display_name: words.name,
        description: words.description,
        owner: "team-checkout",
        review_on: "2026-11-01",
        applied_at: ago(100),
        slos: slos.slice(0, 4).map(({ name, display_name }) => ({ name, display_name })),
        rules: [
          rule("freeze", words.freeze, words.freezes, { freeze: "block" }),
          rule("slow-down", words.slow, words.advises, { freeze: "advise", notify: [] }),
          rule("learn", words.learn, words.due, { postmortem: true }),
        ],
      },
    ],
  };
}
