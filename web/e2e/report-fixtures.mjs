// The report of a month of two teams, as the server tells it. It must never be part of the product.

const PAGE = { next_cursor: null, warnings: [], partial: false, sampled: null };
const plain = (text) => ({ text, path: null });
const to = (path) => (text) => ({ text, path });
const slo = to("/slos/checkout-succeeds");
const incident = to("/incidents/41");
const column = (title, is_number = false) => ({ title, is_number });

const SAID = {
  en: {
    title: "Service levels, October 2026",
    since: "The whole month in Asia/Tokyo, as it is known now.",
    summary: "1 of 2 promises were kept. 1 incident took 1 h 11 min in all, and 1,203 requests failed.",
    promised: "What was promised",
    columns: ["Promise", "Promised", "Attained", "Kept", "Budget left", "Before", "Measured"],
    kept: ["✗ not kept", "✓ kept"],
    hurt: "What hurt users",
    incidents: ["Incident", "Began", "Lasted", "Failed requests", "Users", "Said last"],
    row: [
      "INC-41 Checkout fails",
      "2026-10-05 12:10",
      "1 h 11 min",
      "1,203",
      "about 310",
      "rolled back (ada)",
    ],
    done: "What was done",
    deed: "2026-10-10 09:00 checkout-succeeds: time was left out: maintenance (ada)",
    out: "13 versions went out: checkout 12, refunds 1",
    look: "What to look at",
    broken:
      "Checkout succeeds: the promise was not kept; see what spent the budget, and decide what comes first",
  },
  ja: {
    title: "2026年10月 サービスレベル報告",
    since: "Asia/Tokyo の 1 か月全体を、現在分かっている値でまとめています。",
    summary:
      "約束 2 件のうち 1 件を達成しました。インシデントは 1 件、合計 1 時間 11 分で、1,203 件のリクエストが失敗しました。",
    promised: "約束したこと",
    columns: ["約束", "目標", "実績", "達成", "予算の残り", "前の期間", "計測"],
    kept: ["✗ 未達", "✓ 達成"],
    hurt: "ユーザーに影響したこと",
    incidents: ["インシデント", "開始", "継続時間", "失敗したリクエスト", "ユーザー", "最後のコメント"],
    row: [
      "INC-41 Checkout fails",
      "2026-10-05 12:10",
      "1 時間 11 分",
      "1,203",
      "約 310",
      "rolled back (ada)",
    ],
    done: "行ったこと",
    deed: "2026-10-10 09:00 checkout-succeeds: 時間を除外しました: メンテナンス (ada)",
    out: "リリース 13 回: checkout 12, refunds 1",
    look: "確認が必要なこと",
    broken: "Checkout succeeds: 未達です。バジェットの消費内訳を確認し、優先することを決めてください",
  },
};

export function report(query) {
  const language = query.get("lang");
  const said = SAID[language];
  const month = query.get("month") ?? "2026-10";
  const owner = query.get("owner");
  const none = month !== "2026-10";
  const team = (name) => ({ owner: name, promises: [], incidents: [], done: [], deploys: [] });
  const teams = none
    ? []
    : ["payments", "search"].filter((name) => owner === null || owner === name).map(team);
  const heading = (level, text) => ({ kind: "heading", level, text });
  const promises = {
    kind: "table",
    columns: said.columns.map((title, at) => column(title, at > 0 && at !== 3)),
    rows: [
      [
        slo("Checkout succeeds"),
        ...["99.9 %", "99.8797 %", said.kept[0], "-20.3 %", "99.99 %", "100 %"].map(plain),
      ],
      [
        to("/slos/cart-writes")("Cart writes"),
        ...["99 %", "99.9 %", said.kept[1], "90 %", "–", "100 %"].map(plain),
      ],
    ],
  };
  const incidents = {
    kind: "table",
    columns: said.incidents.map((title, at) => column(title, at > 1 && at < 5)),
    rows: [said.row.map((text, at) => (at === 0 ? incident(text) : plain(text)))],
  };
  const blocks = [
    { kind: "paragraph", text: said.since },
    ...teams.flatMap(({ owner: name }) => [
      heading(2, name),
      { kind: "paragraph", text: said.summary },
      heading(3, said.promised),
      promises,
      heading(3, said.hurt),
      incidents,
      heading(3, said.done),
      { kind: "list", items: [slo(said.deed), plain(said.out)] },
      heading(3, said.look),
      { kind: "list", items: [slo(said.broken)] },
    ]),
  ];
  return {
    month,
    time_zone: "Asia/Tokyo",
    from: "2026-09-30T15:00:00Z",
    to: "2026-10-31T15:00:00Z",
    known_until: "2026-10-31T15:00:00Z",
    teams,
    document: { language, title: said.title, blocks },
    ...PAGE,
  };
}
