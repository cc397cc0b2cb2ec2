// Journeys and agreements as the server tells them, in both languages.
import { now } from "./clock.mjs";

const HOUR_MS = 3_600_000;
const ago = (hours) => new Date(now() - hours * HOUR_MS).toISOString();

const WORDS = {
  en: {
    name: "Checkout",
    harm: "An order is lost. Whoever had paid for it writes to us, and one in four does not come back.",
    hour: "Of 1,000 attempts in the last hour, 3 failed and 12 took longer than 800 ms.",
    week: "Of 168,420 attempts in the last 7 days, 1,204 failed and 2,020 took longer than 800 ms.",
    rule: "-62.2 % of the budget remains",
    steps: ["Cart", "Address", "Pay"],
    sla: "Shop API",
    customers: "Partners on the Business plan",
    credits: ["10 % of the month's fee", "25 % of the month's fee"],
    reason: "Database maintenance, announced a week before",
    reading: "Reading an article",
    readingHarm: "An article is lost to whoever came for it.",
    quiet: "There were no attempts in the last hour.",
  },
  ja: {
    name: "商品の購入",
    harm: "注文が失われます。支払い済みの方からは問い合わせが来て、4 人に 1 人は戻ってきません。",
    hour: "直近 1 時間の 1,000 回のうち、失敗 3 回、800 ms 超過 12 回。",
    week: "直近 7 日間の 168,420 回のうち、失敗 1,204 回、800 ms 超過 2,020 回。",
    rule: "予算の残りは -62.2 % です",
    steps: ["カート", "お届け先", "支払い"],
    sla: "ショップ API",
    customers: "ビジネスプランのパートナー",
    credits: ["月額料金の 10 %", "月額料金の 25 %"],
    reason: "データベースのメンテナンス(1 週間前に告知)",
    reading: "記事を読む",
    readingHarm: "読みに来た記事が失われます。",
    quiet: "直近 1 時間は 0 回でした。",
  },
};

const page = { next_cursor: null, warnings: [], partial: false, sampled: null };

function experience(text, attempts, failed, slow) {
  const slos = ["checkout-succeeds", "checkout-latency"];
  const hurt = (slo, kind, limit, bad) => ({ slo, objective: "0.999", kind, limit, bad });
  return {
    ...{ slos, about: slos.join(", "), attempts, unknown: 0, coverage: 1, text },
    hurts: [hurt(slos[0], "failed", null, failed), hurt(slos[1], "slower_than", "800 ms", slow)],
  };
}

function all(slos, lang) {
  const words = WORDS[lang];
  const rests = (slo) => ({
    name: slo.name,
    display_name: slo.display_name,
    state: slo.state,
    state_rule: words.rule,
    budget_remaining: slo.objectives[0]?.windows[0]?.budget_remaining ?? null,
    exhausts_at: slo.exhausts_at,
  });
  const checkout = {
    name: "checkout",
    display_name: words.name,
    description: "",
    owner: "team-shop",
    harm: words.harm,
    agreed_by: ["hanako@example.org", "ken@example.org"],
    agreed_on: "2026-04-01",
    review_on: "2026-11-01",
    review_overdue: true,
    revision: 3,
    applied_at: ago(1000),
    state: slos[0].state,
    slos: slos.slice(0, 2).map(rests),
    missing_slos: [],
    week: [experience(words.week, 168_420, 1204, 2020)],
    hour: [experience(words.hour, 1000, 3, 12)],
    steps: words.steps.map((display_name, at) => ({
      ...{ name: ["cart", "address", "pay"][at], display_name, slow_ms: 800 },
      where: `route = '/${at}'`,
    })),
    session_attribute: null,
    goes_on_within_secs: 1800,
    definition: "apiVersion: ippo/v1\nkind: Journey\nmetadata: {name: checkout}\n",
  };
  const reading = {
    ...checkout,
    ...{ name: "reading", display_name: words.reading, harm: words.readingHarm, state: "fine" },
    ...{ review_on: "2027-04-01", review_overdue: false, steps: [], slos: checkout.slos.slice(1) },
    ...{ agreed_by: [], agreed_on: null },
    hour: [{ ...experience(words.quiet, 0, 0, 0) }],
  };
  return [checkout, reading, { ...checkout, name: "anonymous", review_overdue: false }];
}

/** Every journey, or those that rest on an SLO. */
export function journeys(slos, query, lang) {
  const wanted = query.get("slo");
  const found = all(slos, lang).slice(0, 2);
  const of = (journey) => wanted === null || journey.slos.some((slo) => slo.name === wanted);
  return { ...page, journeys: found.filter(of) };
}

export function journey(slos, name, lang) {
  const found = all(slos, lang).find((each) => each.name === name);
  return found && { ...page, journey: found };
}

/** Those of "anonymous" do not say of which session they are. */
export function journeySessions(name, lang) {
  const numbers = [
    [
      [30_210, 27_580],
      [2410, 1840],
      [812, 240],
    ],
    [
      [26_900, 25_010],
      [1530, 1220],
      [14, 9],
    ],
    [
      [24_100, null],
      [1320, null],
      [610, null],
    ],
  ];
  const nobody = name === "anonymous";
  const steps = WORDS[lang].steps.map((display_name, at) => {
    const outcomes = ["fine", "slow", "failed"].map((outcome, of) => {
      const [sessions, went_on] = nobody ? [0, 0] : numbers[at][of];
      const share = went_on === null || sessions < 20 ? null : went_on / sessions;
      return { outcome, sessions, went_on, share };
    });
    const sessions = outcomes.reduce((sum, each) => sum + each.sessions, 0);
    return {
      ...{ name: ["cart", "address", "pay"][at], display_name, slow_ms: 800, is_last: at === 2 },
      ...{ sessions, went_on: null, share: null, open: nobody ? 0 : 12, outcomes },
    };
  });
  return {
    ...page,
    from: ago(168),
    to: ago(0),
    goes_on_within_secs: 1800,
    session_attribute: null,
    steps,
    sessions: nobody ? 0 : 34_000,
    one_of: 1,
    nameless_requests: nobody ? 5120 : 20,
    sessions_by_user: 0,
    sampled_requests: 0,
    share_told_from: 20,
  };
}

function agreement(lang) {
  const words = WORDS[lang];
  const credits = words.credits.map((credit, at) => ({ below: [0.995, 0.99][at], credit }));
  const period = (month, from, to, more) => ({
    ...{ month, from, to, running: false, verdict: "kept", attained: 0.998_21, credit: null },
    ...{ good: 1_204_221, bad: 2155, unknown: 0, allowed: 6031.9, spent: 2155, failures_left: null },
    ...{ counts_slices: false, coverage: 0.999, excluded_secs: 0, excluded: [] },
    ...more,
  });
  return {
    name: "shop-api",
    display_name: words.sla,
    description: "",
    owner: "team-shop",
    customers: words.customers,
    slo: "checkout-succeeds",
    slo_display_name: words.name,
    objective: "0.999",
    slo_target: 0.999,
    target: 0.995,
    stricter_than_slo: false,
    months: 1,
    time_zone: "Asia/Tokyo",
    credits,
    excluded_time: "excluded",
    contract: "https://example.org/terms",
    from: "2026-04-01",
    until: null,
    revision: 1,
    applied_at: ago(2000),
    periods: [
      period("2026-11", "2026-10-31T15:00:00Z", "2026-11-30T15:00:00Z", {
        ...{ running: true, attained: 0.9964, good: 820_100, bad: 2963, failures_left: 1158 },
      }),
      period("2026-10", "2026-09-30T15:00:00Z", "2026-10-31T15:00:00Z", {
        ...{ verdict: "broken", attained: 0.993_12, bad: 8342, credit: credits[0] },
      }),
      period("2026-09", "2026-08-31T15:00:00Z", "2026-09-30T15:00:00Z", {
        excluded_secs: 7200,
        excluded: [
          {
            ...{ id: "le_1", entered_at: ago(1800), by: "hanako", reason: words.reason, ticket: "OPS-12" },
            ...{ secs: 7200, counts_as: "left_out" },
          },
        ],
      }),
    ],
    definition: "apiVersion: ippo/v1\nkind: SLA\nmetadata: {name: shop-api}\n",
  };
}

/** One that holds no longer, and is stricter than its SLO. */
function ended(lang) {
  const sla = agreement(lang);
  return {
    ...sla,
    ...{ name: "old", display_name: `${sla.display_name} 2025`, target: 0.9995, stricter_than_slo: true },
    ...{ until: "2026-10-31", credits: [], contract: null, periods: sla.periods.slice(1) },
  };
}

export function slas(lang) {
  return { ...page, slas: [agreement(lang), ended(lang)] };
}

export function sla(name, lang) {
  const found = [agreement(lang), ended(lang)].find((each) => each.name === name);
  return found && { ...page, sla: found };
}
